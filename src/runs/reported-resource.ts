import { isReported, type Reported } from '../evidence/totals.store.ts';
import { resources } from '../resources/index.ts';

/** The resource of whose days a report of the source tells. There is one: differences are reported by day, and not by resource. */
export const [reported] = resources.filter(isReported) as [Reported];
