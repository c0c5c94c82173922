export const QUESTIONS = [
  'Hi\n',
  'Hello, is anybody there?',
  'Where is my order?\n',
  'Do you ship to Canada?',
  'I would like to book a service for next week.',
  'My invoice is wrong \u{1F621}',
  'Thanks! \u{1F44D}\u{1F3FD}\n',
  'What does "premium" cost?',
  '  Spaces around  ',
  'It says: <img src=x onerror=alert(1)>',
  'Grüße aus Köln, ¿qué tal? 你好',
  'line one\nline two\n',
] as const;
export const REPLIES = [
  'Good day, how can I help?\n',
  'Let me check that for you.',
  'Your order left our warehouse this morning.',
  'Could you tell me your order number?\n',
  'That is done. Anything else?',
  'Happy to help \u{1F642}',
] as const;
export const BOT_REPLIES = [
  'I am the assistant. What is this about?',
  'I did not get that, sorry.',
  'One moment, I am looking it up.\n',
  'Shall I get a colleague?',
] as const;
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
