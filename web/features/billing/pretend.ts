// The pretended provider's page: it makes a token of a card's number here, in the browser, and the number goes nowhere.
const TOKENS: Readonly<Record<string, string>> = {
  '4242424242424242': 'pretend_good',
  '4000000000000002': 'pretend_declined',
  '4000000000009995': 'pretend_no_funds',
  '4000000000003220': 'pretend_slow',
}

export const pretendToken = (card: string): string => TOKENS[card.replace(/[\s-]/g, '')] ?? 'pretend_refused'
