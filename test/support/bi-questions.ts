import { ABOUT_AUTOMATION } from './questions/automation.ts';
import { ABOUT_CHATS } from './questions/chats.ts';
import { ABOUT_PEOPLE } from './questions/people.ts';
import type { Question } from './questions/question.ts';
import { ABOUT_STAFFING } from './questions/staffing.ts';
import { ABOUT_TRUST } from './questions/trust.ts';
import { ABOUT_VISITORS } from './questions/visitors.ts';
import { ABOUT_WAITING } from './questions/waiting.ts';

/** The questions that analysts ask, each with SQL that runs as it stands. */
export const QUESTIONS: readonly Question[] = [
  ...ABOUT_CHATS,
  ...ABOUT_WAITING,
  ...ABOUT_STAFFING,
  ...ABOUT_PEOPLE,
  ...ABOUT_VISITORS,
  ...ABOUT_AUTOMATION,
  ...ABOUT_TRUST,
].map((each) => ({ ...each, sql: each.sql.trim() }));
