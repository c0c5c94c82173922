import { type Switch, variantsOf } from './oddity-variant.ts';

/** How records are written, and what stands for nothing. */
export const SHAPE_SWITCHES: readonly Switch[] = [
  { name: 'types', of: [], variants: variantsOf('types', ['singular', 'class', 'missing']) },
  { name: 'ids', of: [], variants: variantsOf('ids', ['decimals', 'attributes']) },
  { name: 'times', of: [], variants: variantsOf('times', ['zulu', 'compact', 'blank', 'fraction']) },
  { name: 'numbers', of: [], variants: variantsOf('numbers', ['strings']) },
  { name: 'single', of: [], variants: variantsOf('single', ['list']) },
  { name: 'withoutClient', of: [], variants: variantsOf('withoutClient', [true]) },
  { name: 'withoutUpdates', of: [], variants: variantsOf('withoutUpdates', [true]) },
  { name: 'bareLists', of: [], variants: variantsOf('bareLists', [true]) },
  { name: 'flatRecords', of: [], variants: variantsOf('flatRecords', [true]) },
  { name: 'embed', of: [], variants: variantsOf('embed', ['document', 'bare', 'mixed']) },
  { name: 'copies', of: ['agents', 'groups', 'visitors'], variants: variantsOf('copies', ['past', 'sparse', 'number', 'text']) },
  { name: 'leanLists', of: ['agents', 'groups', 'visitors'], variants: variantsOf('leanLists', [true]) },
  { name: 'repeatRows', of: [], variants: variantsOf('repeatRows', [true]) },
  {
    name: 'emptyAs',
    of: [],
    variants: (['list', 'null', 'object', '204', '404', 'bare list', 'bare null', 'bare object'] as const).flatMap((emptyAs) =>
      [false, true].map((emptyEverywhere) => ({
        label: `${emptyAs}${emptyEverywhere ? ' everywhere' : ''}`,
        outcome: 'exact' as const,
        set: { emptyAs, emptyEverywhere },
      })),
    ),
  },
];
