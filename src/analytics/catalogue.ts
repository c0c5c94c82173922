import { biViews } from './index.ts';
import { comments } from './schema-comments.ts';
import { changeTriggers } from './store/change-triggers.ts';
import { inputTables } from './store/changed-units.ts';
import { definitionsOf } from './stored-views.ts';
import { functions, histories } from './views/history-views.ts';

/** What the database has beside its tables. */
export const catalogue = {
  comments,
  functions: [...functions, ...changeTriggers],
  inputs: inputTables,
  views: [...histories, ...biViews].flatMap(definitionsOf),
};
