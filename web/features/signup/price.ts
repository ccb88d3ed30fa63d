/** Money as it is kept, in the smallest unit of its currency, as a reader writes it. */
export function price(minorUnits: number, currency: string, locale: string): string {
  const form = new Intl.NumberFormat(locale, { style: 'currency', currency })
  return form.format(minorUnits / 10 ** (form.resolvedOptions().maximumFractionDigits ?? 2))
}
