import { biViews } from './index.ts';
import { comments } from './schema-comments.ts';
import { definitionsOf } from './stored-views.ts';
import { functions, histories } from './views/history-views.ts';

/** What the database has beside its tables. */
export const catalogue = { comments, functions, views: [...histories, ...biViews].flatMap(definitionsOf) };
