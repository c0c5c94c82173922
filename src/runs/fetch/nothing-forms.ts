import { rememberFact } from '../../evidence/facts.store.ts';
import type { NothingForm } from '../../records/envelope.ts';
import type { Scope } from '../../records/resource.ts';
import type { PlannedRequest } from '../../source/request-plan.ts';
import type { Database } from '../../warehouse/connection/database.ts';

/** How each resource says that there is nothing, by name. */
export type KnownForms = ReadonlyMap<string, ReadonlySet<NothingForm>>;

/** What a run believes of answers without anything in them. */
export type NothingForms = {
  /** The forms that are believed at the first look. */
  believed(resource: PlannedRequest['resource']): ReadonlySet<NothingForm>;
  /** For one request. `isConfirmed`: whether another request has seen a form twice; it waits for one that is looking. `end`: it is over. */
  confirm(resource: PlannedRequest['resource']): { isConfirmed(form: NothingForm): Promise<boolean>; end(): void };
  /** A form that was seen twice is believed at once from then on, by later runs too. */
  learn(planned: PlannedRequest, form: NothingForm): Promise<void>;
};

/** Begins with what earlier runs have confirmed, and remembers in the warehouse what this run confirms. */
export function createNothingForms(database: Database, known: KnownForms): NothingForms {
  const forms = new Map([...known].map(([name, of]) => [name, new Set(of)]));
  const confirming = new Map<string, Promise<void>>();
  return {
    believed: ({ name, scope }) => new Set([...OF_SCOPE[scope.over], ...(forms.get(name) ?? [])]),
    confirm({ name }) {
      let end = () => {};
      return {
        async isConfirmed(form) {
          for (let other = confirming.get(name); other; other = confirming.get(name)) await other;
          if (forms.get(name)?.has(form)) return true;
          confirming.set(
            name,
            new Promise((resolve) => {
              end = () => {
                confirming.delete(name);
                resolve();
              };
            }),
          );
          return false;
        },
        end: () => end(),
      };
    },
    async learn({ resource: { name, scope }, redactedUrl }, form) {
      const believed = forms.get(name) ?? new Set();
      if (form === 'data: []' || OF_SCOPE[scope.over].has(form) || believed.has(form)) return;
      forms.set(name, believed.add(form));
      await rememberFact(database, `${name}.nothing`, [...believed].join(', '), `GET ${redactedUrl} was answered ${form} twice`);
    },
  };
}

/** What distinguishes a single agent or chat without anything from a failure at the first look, besides by an empty list. */
const OF_ONE: ReadonlySet<NothingForm> = new Set<NothingForm>(['data: null', 'data: {}', '404']);
const NONE: ReadonlySet<NothingForm> = new Set();
const OF_SCOPE: Record<Scope['over'], ReadonlySet<NothingForm>> = {
  nothing: NONE,
  combinations: NONE,
  eachAgent: OF_ONE,
  eachChat: OF_ONE,
};
