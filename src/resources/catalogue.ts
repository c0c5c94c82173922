import { biViews } from '../bi/index.ts';
import { comments } from './comments.ts';
import { functions, histories } from './history.ts';

/** What the database has beside its tables. */
export const catalogue = { comments, functions, views: [...histories, ...biViews] };
