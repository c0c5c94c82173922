/**
 * What a check of `doctor` found: whether it is well, in words, and what to do where it is not. `isSetting`: every command refuses it, as
 * it refuses settings that are wrong.
 */
export type Finding = { check: string; outcome: 'ok' | 'warn' | 'fail'; text: string; advice?: string; isSetting?: true };

/** Nothing is wrong. */
export const ok = (check: string, text: string): Finding => ({ check, outcome: 'ok', text });
/** It works, and something should be done. */
export const warn = (check: string, text: string, advice: string): Finding => ({ check, outcome: 'warn', text, advice });
/** It does not work. */
export const fail = (check: string, text: string, advice: string): Finding => ({ check, outcome: 'fail', text, advice });
/** It does not work, because of a setting. */
export const refuse = (check: string, text: string, advice: string): Finding => ({ ...fail(check, text, advice), isSetting: true });
