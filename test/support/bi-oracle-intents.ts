import type { Row } from './bi-oracle-chat-views.ts';
import { groupBy, known, meanOf, ratio } from './bi-oracle-numbers.ts';
import type { Message, World } from './bi-world.ts';

type Labelled = Message & { truth: string | null; given: string[] };

function labelledIn(world: World): Labelled[] {
  return world.messages.map((message) => {
    let truth: string | null = null;
    for (const label of message.labels) if (label !== null && label !== '') truth = label;
    return { ...message, truth: message.final_manual_intent_id ?? truth, given: known(message.labels).filter((label) => label !== '') };
  });
}

const isDisputed = ({ given }: Labelled): boolean => new Set(given).size > 1;

export const slots = (world: World): Row[] =>
  world.messages.flatMap(({ message_id, labels }) =>
    labels.flatMap((intent_id, i) => (intent_id === null || intent_id === '' ? [] : [{ message_id, slot: i + 1, intent_id }])),
  );

export const labels = (world: World): Row[] =>
  labelledIn(world)
    .filter(({ batch_intent_id, truth }) => batch_intent_id !== null || truth !== null)
    .map((message) => ({
      message_id: message.message_id,
      batch_intent_id: message.batch_intent_id,
      true_intent_id: message.truth,
      is_labelled: message.truth !== null,
      is_agreement: message.batch_intent_id === null || message.truth === null ? null : message.batch_intent_id === message.truth,
      label_count: message.given.length,
      distinct_label_count: new Set(message.given).size,
      is_disputed: isDisputed(message),
    }));

function measured(messages: readonly Labelled[]): Row {
  const labelled = messages.filter(({ truth }) => truth !== null);
  const agreed = labelled.filter(({ truth, batch_intent_id }) => truth === batch_intent_id).length;
  return {
    message_count: messages.length,
    labelled_message_count: labelled.length,
    agreed_message_count: agreed,
    disputed_message_count: messages.filter(isDisputed).length,
    average_probability: meanOf(known(messages.map((message) => message.batch_intent_probability))),
    agreement_rate: ratio(agreed, labelled.length),
    label_coverage_rate: ratio(labelled.length, messages.length),
  };
}

const chosen = (world: World) => labelledIn(world).filter(({ batch_intent_id }) => batch_intent_id !== null);

export const quality = (world: World): Row[] =>
  [...groupBy(chosen(world), ({ batch_intent_id }) => String(batch_intent_id))].map(([batch_intent_id, messages]) => ({
    batch_intent_id,
    ...measured(messages),
  }));

/** The tenth of a probability; undefined when it is none. */
function tenthOf(probability: number | null): number | undefined {
  if (probability === null || probability < 0 || probability > 1) return undefined;
  for (let tenth = 9; tenth > 0; tenth -= 1) if (probability >= tenth / 10) return tenth;
  return 0;
}

export const calibration = (world: World): Row[] =>
  [
    ...groupBy(
      chosen(world).filter((message) => tenthOf(message.batch_intent_probability) !== undefined),
      (message) => String(tenthOf(message.batch_intent_probability)),
    ),
  ].map(([tenth, messages]) => ({
    probability_tenth: Number(tenth),
    probability_from: Number(tenth) / 10,
    probability_until: (Number(tenth) + 1) / 10,
    ...measured(messages),
  }));

export const confusion = (world: World): Row[] =>
  [
    ...groupBy(
      chosen(world).filter(({ truth }) => truth !== null),
      ({ batch_intent_id, truth }) => `${batch_intent_id} ${truth}`,
    ),
  ].map(([pair, messages]) => ({
    batch_intent_id: pair.split(' ')[0],
    true_intent_id: pair.split(' ')[1],
    message_count: messages.length,
  }));
