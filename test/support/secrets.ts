import { createScrubber } from '../../src/scrubber.ts';

/** The artefacts (by name) in which one of the secrets is, in any form: as it is, URL-encoded, in base64, or its last half. */
export function findSecrets(artefacts: Readonly<Record<string, string>>, secrets: readonly string[]): string[] {
  const forms = [...secrets, ...secrets.map((secret) => secret.slice(-Math.ceil(secret.length / 2)))];
  const scrub = createScrubber(forms, { anywhere: 0 });
  return Object.entries(artefacts)
    .filter(([, text]) => scrub(text) !== text)
    .map(([name]) => name);
}
