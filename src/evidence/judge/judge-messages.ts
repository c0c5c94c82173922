import { aboutChat } from '../claims.ts';
import { type Doubt, doubt } from '../doubts.ts';
import { countReceived, type Received } from '../received.ts';
import { judgeAnswer } from './judge-answer.ts';
import { isPageSize } from './page-sizes.ts';

/* Messages, and whatever else is asked for by chat. */

/**
 * A chat whose messages an answer should hold. `count`: of how many it holds; `isExpected`: whether the chat says that something was
 * said in it; `endedAt`: when it ended, as far as it says so; `emptyLooks`: how many runs have found no message.
 */
export type AskedChat = {
  chatId: number;
  count: number;
  isExpected: boolean;
  isEnded: boolean;
  endedAt: Date | undefined;
  emptyLooks: number;
};

/**
 * `of`: the resource of the messages, by name. `by`: whether one chat was asked for, or a visitor with all chats. `at`: the moment of asking, by the clock that the source's times are
 * compared with. `cap`: so many messages the source hands out at most, where that is known. `wholeAt`: answers of up to so many were found
 * to be whole. `sizes`: how large other answers of this run were; `longest`: how large one of an earlier run was, so that none of fewer is cut. `strays`: messages of chats that should be known and are not, or of none.
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
};

/**
 * `settled`: all messages of these chats are stored. `late`: they ended just now, so that a last message may follow: asked once more by a
 * later run. `empty`: nothing was found where something should be: asked again by the next run. `byChat`: ask for each by itself. `maybeCut`: the size of the answer
 * is one at which it may have been cut; `isCutAtMost`: nothing else is odd, and none of the chats has just ended.
 */
export type MessagesVerdict = {
  settled: number[];
  late: number[];
  empty: number[];
  byChat: number[];
  maybeCut: boolean;
  isCutAtMost: boolean;
  doubts: Doubt[];
};

/** A message may be served so long after the end of its chat. */
export const LATE_MS = 30 * 60_000;
/** From this size on, two answers of the same largest size may be cut. */
const LEAST_CUT = 20;

/** Judges the messages of the chats that an answer was to bring (evidence.md: "messages of a chat"). */
export function judgeMessages(evidence: MessagesEvidence): MessagesVerdict {
  const { of, by, received, chats, at, cap, wholeAt, longest, sizes, strays } = evidence;
  const came = countReceived(received);
  const largest = Math.max(longest, ...sizes);
  const isTied = came === largest;
  // By chat there is no other way of asking: only an answer that is not the only one of its size is in doubt.
  const isSuspect = by === 'visitor' ? isPageSize(came) || (isTied && came >= LEAST_CUT) : isPageSize(came) && sizes.includes(came);
  const maybeCut = cap === undefined ? came > wholeAt && came >= largest && isSuspect : came >= cap;
  const verdict: MessagesVerdict = {
    settled: [],
    late: [],
    empty: [],
    byChat: [],
    maybeCut,
    isCutAtMost: maybeCut && strays === 0,
    doubts: [],
  };
  for (const chat of chats) {
    const about = aboutChat(of, chat.chatId);
    const { isUsable, doubts } = judgeAnswer(about, received);
    verdict.doubts.push(...doubts);
    if (!isUsable) continue;
    const isLate = isJustOver(chat, at);
    const lacksContent = chat.count === 0 && chat.isExpected && chat.isEnded && !isLate;
    if (lacksContent || isLate) verdict.isCutAtMost = false;
    if (by === 'visitor' && (maybeCut || strays > 0 || lacksContent)) verdict.byChat.push(chat.chatId);
    else if (maybeCut) verdict.doubts.push(doubt(about, 'messages_cut', { received: came }));
    else if (lacksContent && chat.emptyLooks === 0) {
      verdict.empty.push(chat.chatId);
      verdict.doubts.push(doubt(about, 'no_messages'));
    } else (isLate ? verdict.late : verdict.settled).push(chat.chatId);
  }
  return verdict;
}

const isJustOver = ({ isEnded, endedAt }: AskedChat, at: Date): boolean =>
  isEnded && endedAt !== undefined && endedAt.getTime() > at.getTime() - LATE_MS;
