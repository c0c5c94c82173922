import { aboutChat } from '../claims.ts';
import { type Doubt, doubt } from '../doubts.ts';
import { countReceived, fullBySign, type Received } from '../received.ts';
import { judgeAnswer } from './judge-answer.ts';
import { isPage } from './page-sizes.ts';

/* Messages, and whatever else is asked for by chat. */

/**
 * A chat whose messages an answer should hold. `count`: how many of its messages it holds, and `lastAt` when the last of them was sent;
 * `isExpected`: whether the chat says that something was said in it; `endedAt`: when it ended, as far as it says so; `emptyLooks`: how many
 * runs have found no message.
 */
export type AskedChat = {
  chatId: number;
  count: number;
  lastAt: Date | undefined;
  isExpected: boolean;
  createdAt: Date;
  isEnded: boolean;
  endedAt: Date | undefined;
  emptyLooks: number;
};

/**
 * `of`: the resource of the messages, by name. `by`: whether one chat was asked for, or a visitor with all chats. `at`: the moment of asking,
 * by the clock that the source's times are compared with. `cap`: so many messages the source hands out at most, where that is known.
 * `wholeAt`: answers of up to so many were found to be whole. `sizes`: how large other answers of this run were; `longest`: how large one of
 * an earlier run was, so that none of fewer is cut. `strays`: messages of other visitors, of chats that should be known and are not, or of
 * none; by chat, those of others, where the chat has none. `leavesOut`: asking by visitor was found to leave out messages that asking by
 * chat brings. `otherLook`: what a chat brought when it was asked for in the other way that there is; `alike`: how many other chats have as
 * many.
 */
export type MessagesEvidence = {
  of: { name: string };
  by: 'chat' | 'visitor';
  received: Received;
  chats: readonly AskedChat[];
  at: Date;
  cap: number | undefined;
  wholeAt: number;
  longest: number;
  sizes: readonly number[];
  strays: number;
  leavesOut: boolean;
  otherLook: OtherLook;
  alike: number;
};

/**
 * A second look at a chat that leaves some messages out, such as those of the system. `more`: it brought a message that the first look
 * lacks, so that was cut. `fewer`: it brought fewer, all of them known, which a cut would not have left. `same`: it tells nothing.
 */
export type OtherLook = 'impossible' | 'due' | 'more' | 'fewer' | 'same';

/**
 * `settled`: all messages of these chats are stored. `late`: they ended just now, so that a last message may follow: asked once more by a
 * later run. `empty`: nothing was found where something should be: asked again by the next run. `byChat`: ask for each by itself.
 * `otherWay`: look at each in the other way before anything is settled. `maybeCut`: the size of the answer is one at which it may have been
 * cut. `ends`: where nothing else is odd, and none of the chats has just ended, those that a cut would have taken messages from.
 */
export type MessagesVerdict = {
  settled: number[];
  late: number[];
  empty: number[];
  byChat: number[];
  otherWay: number[];
  maybeCut: boolean;
  ends: number[];
  doubts: Doubt[];
};

/** A message may be served so long after the end of its chat. */
export const LATE_MS = 30 * 60_000;
/** From this size on, two answers of the same largest size may be cut. */
const LEAST_CUT = 20;

/** Judges the messages of the chats that an answer was to bring (evidence.md: "messages of a chat"). */
export function judgeMessages(evidence: MessagesEvidence): MessagesVerdict {
  const { of, by, received, chats, at, strays, otherLook } = evidence;
  const maybeCut = isMaybeCut(evidence);
  const verdict: MessagesVerdict = {
    settled: [],
    late: [],
    empty: [],
    byChat: [],
    otherWay: [],
    maybeCut,
    ends: [],
    doubts: [],
  };
  let isOdd = strays > 0;
  const isWithout = (chat: AskedChat): boolean => chat.count === 0 && chat.isExpected;
  // What leaves out the messages of one chat may leave out those of others that show nothing.
  const leavesOut = evidence.leavesOut || chats.some(isWithout);
  for (const chat of chats) {
    const about = aboutChat(of, chat.chatId);
    const { isUsable, doubts } = judgeAnswer(about, received);
    verdict.doubts.push(...doubts);
    if (!isUsable) continue;
    const isLate = isJustOver(chat, at);
    const lacksContent = isWithout(chat);
    isOdd ||= lacksContent || isLate;
    if (by === 'chat' && strays > 0) verdict.doubts.push(doubt(about, 'not_asked_for', { received: strays }));
    else if (by === 'visitor' && (maybeCut || strays > 0 || (leavesOut && chat.count === 0))) verdict.byChat.push(chat.chatId);
    else if (maybeCut && otherLook === 'due' && countReceived(received) !== evidence.cap)
      (isLate ? verdict.late : verdict.otherWay).push(chat.chatId);
    else if (maybeCut) verdict.doubts.push(doubt(about, 'messages_cut', { received: countReceived(received) }));
    else if (lacksContent && chat.isEnded && !isLate && chat.emptyLooks === 0) {
      verdict.empty.push(chat.chatId);
      verdict.doubts.push(doubt(about, 'no_messages'));
    } else (isLate ? verdict.late : verdict.settled).push(chat.chatId);
  }
  if (by === 'visitor' && maybeCut && !isOdd) verdict.ends = findEnds(chats);
  return verdict;
}

/**
 * A cut takes the oldest or the newest messages, of all chats or of one chat after the other: so it takes some of the first or the last chat
 * that has any here, of those before and after, or of one that lasted longer than the last message here.
 */
function findEnds(chats: readonly AskedChat[]): number[] {
  const holding = chats.filter(({ count }) => count > 0);
  const first = Math.min(...holding.map(({ createdAt }) => createdAt.getTime()));
  const last = Math.max(...holding.map(({ createdAt }) => createdAt.getTime()));
  const lastAt = Math.max(...holding.flatMap(({ lastAt }) => lastAt?.getTime() ?? []));
  const isEnd = ({ createdAt, endedAt = createdAt, isEnded }: AskedChat) =>
    createdAt.getTime() <= first || createdAt.getTime() >= last || !isEnded || endedAt.getTime() >= lastAt;
  return chats.filter(isEnd).map(({ chatId }) => chatId);
}

/** Whether an answer has the size of others that are the longest, or of a page, and nothing has shown that it is whole. */
function isMaybeCut(evidence: MessagesEvidence): boolean {
  const { by, received, cap, longest, sizes, otherLook, alike } = evidence;
  const came = countReceived(received);
  // What is longer shows that the source cuts elsewhere by now.
  if (cap !== undefined && came <= cap) return came === cap;
  const saysFull = fullBySign(received) !== undefined;
  if (!saysFull && !isLongest(evidence)) return false;
  const isTied = came >= LEAST_CUT && came === Math.max(longest, ...sizes);
  if (by === 'visitor' || otherLook === 'due') return isPage(received) || isTied;
  // There is no third way of asking: where the second tells nothing, only several answers of the size of a page are in doubt, and one that
  // says itself that it is full.
  return otherLook === 'more' || (otherLook !== 'fewer' && (saysFull || (isPage(received) && alike > 0)));
}

/**
 * Whether no answer was longer, or found to be whole so that this one is. By visitor, one of the same size proves nothing: it may be where the
 * source cuts. By chat it has to do, as there may be no other way of asking.
 */
export function isLongest({ by, received, wholeAt, longest, sizes }: Omit<MessagesEvidence, 'alike'>): boolean {
  const came = countReceived(received);
  return (by === 'visitor' ? came >= wholeAt : came > wholeAt) && came >= Math.max(longest, ...sizes);
}

const isJustOver = ({ isEnded, endedAt }: AskedChat, at: Date): boolean =>
  isEnded && endedAt !== undefined && endedAt.getTime() > at.getTime() - LATE_MS;
