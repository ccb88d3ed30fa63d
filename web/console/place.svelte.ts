// Where in the console one is: what stands after a page's id in the address, such as a title's id.
class Place {
  rest = $state.raw<readonly string[]>([])
  /** What the page is about, once it knows: shown instead of the page's name. Who sets it clears it. */
  heading = $state('')
}

export const place = new Place()
