import type { Account } from '../../src/simulator/account/account.ts';
import type { Message } from '../../src/simulator/account/simulated-messages.ts';
import type { Task } from '../../src/simulator/account/simulated-tasks.ts';
import type { Visitor } from '../../src/simulator/account/simulated-visitors.ts';
import type { Snapshot } from '../../src/simulator/account/snapshot.ts';

/** What gives a person away who was planted by `plantPerson`. */
export const CANARY = /canary|5559871234|100\.64\.77\.99/i;

const mapped = <T>(records: ReadonlyMap<number, T>, change: (record: T) => T): Map<number, T> =>
  new Map([...records].map(([id, record]) => [id, change(record)]));

/**
 * Makes a visitor of an account a person: in all that the account serves from then on, each personal value of this visitor, what was
 * said in these chats, and what tasks of these hold, can be recognised (`CANARY`), also where it does not fit its column. `after` says
 * what else becomes of the visitor's record.
 */
export function plantPerson(account: Account, visitorId: number, after: (visitor: Visitor) => Visitor = (visitor) => visitor): void {
  const asOf = account.asOf;
  account.asOf = (t) => {
    const snapshot = asOf(t);
    const isTheirs = (chatId: number) => snapshot.chats.get(chatId)?.visitorId === visitorId;
    const spoken = (message: Message): Message => (isTheirs(message.chatId) ? { ...message, body: `canary body ${message.id}` } : message);
    const messageOf: Snapshot['messageOf'] = (id) => {
      const message = snapshot.messageOf(id);
      return message && spoken(message);
    };
    const isTied = ({ messageId }: Task) => messageId !== null && isTheirs(messageOf(messageId)?.chatId ?? 0);
    // One that says whose it is by an address only: the first without a message.
    const untied = [...snapshot.tasks.values()].find(({ messageId }) => messageId === null)?.id;
    return {
      ...snapshot,
      visitors: mapped(snapshot.visitors, (visitor) => (visitor.id === visitorId ? after(personOf(visitor)) : visitor)),
      chats: mapped(snapshot.chats, (chat) =>
        // A text does not fit a number of seconds, and is kept aside.
        isTheirs(chat.id) ? Object.assign({}, chat, { feedback: 'canary feedback', responseDelay: `canary delay ${chat.id}` }) : chat,
      ),
      tasks: mapped(snapshot.tasks, (task) => {
        if (isTied(task)) return { ...task, variables: { wish: ['canary wish', { deep: 'canary deep' }] } };
        return task.id === untied ? { ...task, variables: { mail: 'CANARY-email@example.org', wheels: 4 } } : task;
      }),
      messagesOf: (chatId) => snapshot.messagesOf(chatId).map(spoken),
      messageOf,
    };
  };
}

const personOf = (visitor: Visitor): Visitor => ({
  ...visitor,
  name: 'Canary Name',
  companyName: 'canary company',
  streetAddress1: 'canary street 1',
  streetAddress2: 'canary street 2',
  city: 'canary city',
  state: 'canary state',
  zipCode: 'canary zip',
  country: 'canary country',
  phone: '5559871234',
  email: 'canary-email@example.org',
  currentUrl: 'https://example.org/?user=canary-page',
  referrerUrl: 'https://canary-referrer.example.org/',
  ipAddress: '100.64.77.99',
  xmppUsername: 'canary-username',
});
