export const COLLEAGUE_LINES = ['Can you take the next one?', 'Lunch at 12?', 'Back in five minutes\n', 'ok'] as const;
export const TAGS = ['sale', 'support', 'billing', 'no action', 'Rückruf', 'spam'] as const;
export const FEEDBACK = [
  'Very quick, thank you!',
  'Had to wait too long :-(',
  '',
  'Nul\u0000in feedback',
  '\u{1F389}\u{1F389}',
  'It\'s "ok"\nI guess',
  null,
  null,
] as const;
export const NODES = ['Schedule Service', 'Call Back', 'Collect Details'] as const;
/** Intent numbers of the account's assistant; the empty one is a message it gave up on. */
export const INTENTS = ['1', '2', '3', '7', '12', '31', '32', '40', '41', '58', ''] as const;
