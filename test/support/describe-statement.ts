import type pg from 'pg';

/** What PostgreSQL says of a statement without executing it: the columns of its rows, by name, with the numbers of their types. */
export type Described = { name: string; type: number }[];

type Connection = {
  parse(statement: { name: string; text: string; types: number[] }): void;
  describe(what: { type: 'S'; name: string }): void;
  sync(): void;
};

/** Has the server parse a statement and say what its rows are. Rejects with what it says is wrong. */
export function describeStatement(client: pg.ClientBase, text: string): Promise<Described> {
  return new Promise((resolve, reject) => {
    let columns: Described = [];
    // The part of a query that pg asks for; `execute` is left out.
    const asking = {
      submit(connection: Connection) {
        connection.parse({ name: '', text, types: [] });
        connection.describe({ type: 'S', name: '' });
        connection.sync();
      },
      handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }) {
        columns = fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
      },
      handleError(error: Error) {
        // pg forgets a query that has failed.
        reject(error);
      },
      handleReadyForQuery() {
        resolve(columns);
      },
    };
    client.query(asking as never);
  });
}
