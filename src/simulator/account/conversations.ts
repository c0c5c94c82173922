/** One turn of a conversation: what the visitor says, and what a person or a bot answers. */
type Turn = { readonly visitor: string; readonly person: string; readonly bot: string };

/** What a visitor wants: how they begin, each way of it, with the first answers, and how it continues. */
type Topic = { readonly openings: readonly string[]; readonly first: Omit<Turn, 'visitor'>; readonly turns: readonly Turn[] };

/** Some texts have what real ones have: white space around them, line ends, emoji, other alphabets, HTML. */
const TOPICS: readonly Topic[] = [
  {
    openings: ['Where is my order?\n', 'Hi, I ordered on Monday and nothing has arrived \u{1F61F}'],
    first: { person: 'Good day! Could you tell me your order number?\n', bot: 'I can look that up. What is your order number?' },
    turns: [
      { visitor: '  It is 48213  ', person: 'Thank you, let me check that.', bot: 'Thank you. One moment, please.\n' },
      {
        visitor: 'Do you see it?',
        person: 'Yes. It left our warehouse this morning.',
        bot: 'Order 48213 left our warehouse this morning.',
      },
      { visitor: 'And when will it be here?', person: 'On Thursday, before noon.', bot: 'The carrier says Thursday.' },
      {
        visitor: 'Can it go to my neighbour?\nI work until five.',
        person: 'I have added a note for the carrier.',
        bot: 'I cannot change the delivery. Shall I get a colleague?',
      },
      { visitor: 'Will I get a message before?', person: 'Yes, by e-mail, an hour before.', bot: 'You will get an e-mail an hour before.' },
    ],
  },
  {
    openings: ['My invoice is wrong \u{1F621}', 'Hello, is anybody there? I was charged twice.\n'],
    first: {
      person: 'I am sorry about that. Which invoice is it?',
      bot: 'I am the assistant. Which invoice is it, please?\n',
    },
    turns: [
      { visitor: 'Number 2231, from last week.', person: 'I see it. There are two payments.', bot: 'I have found invoice 2231.' },
      { visitor: 'I only bought one thing!', person: 'You are right, one was a mistake of ours.\n', bot: 'I did not get that, sorry.' },
      { visitor: 'So do I get the money back?', person: 'Yes, the second payment is returned today.', bot: 'Shall I get a colleague?' },
      { visitor: 'How long does that take?', person: 'Two or three working days.', bot: 'A refund takes two or three working days.' },
      { visitor: 'And the invoice?', person: 'A corrected one is on its way to you.', bot: 'A corrected invoice will be sent by e-mail.' },
    ],
  },
  {
    openings: ['I would like to book a service for next week.', 'Grüße aus Köln, ¿qué tal? 你好'],
    first: { person: 'With pleasure. Which day suits you?', bot: 'I can book that. Which day suits you?' },
    turns: [
      { visitor: 'Tuesday, if possible', person: 'Tuesday at 10:00 or at 14:30?', bot: 'Tuesday has 10:00 and 14:30.\n' },
      { visitor: 'Half past two is fine', person: 'Booked: Tuesday, 14:30.', bot: 'I have booked Tuesday at 14:30.' },
      { visitor: 'Do I need to bring anything?', person: 'Only the service book.\n', bot: 'Please bring the service book.' },
      { visitor: 'How long will it take?', person: 'About two hours.', bot: 'A service takes about two hours.' },
      { visitor: 'Is there a car I can use meanwhile?', person: 'Yes, I have reserved one.', bot: 'I did not get that, sorry.' },
    ],
  },
  {
    openings: ['What does "premium" cost?', 'Hi, do you ship to Canada?\n'],
    first: {
      person: 'Good day! I have the price list here. For how many people is it?',
      bot: 'I am the assistant. For how many people is it?',
    },
    turns: [
      { visitor: 'For five of us', person: 'Then premium is 40 a month for all five.', bot: 'Premium for five people is 40 a month.' },
      { visitor: 'Is shipping part of that?', person: 'Yes, within Europe and to Canada.', bot: 'Shipping is included.' },
      { visitor: 'And can I cancel at any time?', person: 'At the end of each month.', bot: 'You can cancel at the end of each month.' },
      { visitor: 'Do you have that in writing?', person: 'I will send you the terms by e-mail.', bot: 'Shall I get a colleague?' },
      { visitor: 'Is there a trial?', person: 'Thirty days, without a card.\n', bot: 'There is a trial of thirty days.' },
    ],
  },
  {
    openings: ['Your page says: <img src=x onerror=alert(1)>', 'line one\nI cannot log in\nline three\n'],
    first: { person: 'Let me check that for you. Which browser do you use?', bot: 'I am sorry. Which browser do you use?' },
    turns: [
      { visitor: 'Firefox, the newest one', person: 'Could you reload the page once?', bot: 'Please reload the page.\n' },
      { visitor: 'Still the same', person: 'Then I will reset your session.', bot: 'I did not get that, sorry.' },
      { visitor: 'ok, and now?', person: 'Please log in again now.', bot: 'Please log in again.' },
      { visitor: 'That worked \u{1F44D}\u{1F3FD}', person: 'I am glad to hear that \u{1F642}', bot: 'I am glad to hear that.' },
      { visitor: 'What was it?', person: 'An old cookie. It will not come back.', bot: 'Shall I get a colleague?' },
    ],
  },
];

/** How conversations of two turns or more end. */
const LAST: Turn = { visitor: 'Thanks! \u{1F44D}\u{1F3FD}\n', person: 'You are welcome. Have a nice day!', bot: 'You are welcome.\n' };

/** The ways to begin, each with its topic. */
export const OPENINGS: readonly { readonly text: string; readonly topic: Topic }[] = TOPICS.flatMap((topic) =>
  topic.openings.map((text) => ({ text, topic })),
);

/** What impatient visitors send in the same second. */
export const IMPATIENT = ['Hello?', 'It is urgent\n', '???', 'Sorry, wrong key'] as const;

/** What a bot says before it answers. */
export const BOT_WAITS = ['One moment, I am looking it up.\n', 'Let me see.'] as const;

/** A turn of a conversation of `count` turns, from 0. */
export function turnOf({ text, topic }: { text: string; topic: Topic }, turn: number, count: number): Turn {
  if (turn === 0) return { visitor: text, ...topic.first };
  return (turn === count - 1 ? undefined : topic.turns[turn - 1]) ?? LAST;
}
