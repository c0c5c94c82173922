/** SQL: the value of a remembered fact about the source. */
export const fact = (name: string): string => `(select value from chatrhub_sync.source_facts where fact = '${name}')`;
