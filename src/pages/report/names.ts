type Named = { id: number; name: string | null };

/** How agents or groups are called by their ids: by the name, with the id beside it where others have the same one. `noun` names those without. */
export function namesOf(noun: string, all: readonly Named[]): (id: number) => string {
  const ids = new Map<string, Set<number>>();
  const names = new Map<number, string>();
  for (const { id, name } of all) {
    const shown = name?.trim() || `${noun} ${id}`;
    names.set(id, shown);
    ids.set(shown, (ids.get(shown) ?? new Set()).add(id));
  }
  return (id) => {
    const name = names.get(id) ?? `${noun} ${id}`;
    return (ids.get(name)?.size ?? 0) > 1 ? `${name} (${id})` : name;
  };
}
