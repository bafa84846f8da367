import pg from 'pg';

export interface ResultColumn {
  name: string;
  typeOid: number;
  /** 0 when the column is computed. */
  tableOid: number;
  columnNumber: number;
}

export interface Description {
  parameterOids: number[];
  columns: ResultColumn[];
}

interface RowDescription {
  fields: { name: string; tableID: number; columnID: number; dataTypeID: number }[];
}

/** PostgreSQL's description of a statement, which it parses and does not run. @throws the error of PostgreSQL */
export function describeStatement(client: pg.Client, sql: string): Promise<Description> {
  return new Promise((resolve, reject) => {
    let parameterOids: number[] = [];
    let columns: ResultColumn[] = [];
    const readParameters = ({ dataTypeIDs }: { dataTypeIDs: number[] }) => void (parameterOids = dataTypeIDs);
    client.query({
      submit(connection: pg.Connection) {
        connection.once('parameterDescription', readParameters);
        connection.parse({ name: '', text: sql, types: [] }, true);
        connection.describe({ type: 'S', name: '' }, true);
        connection.sync();
      },
      handleRowDescription({ fields }: RowDescription) {
        columns = fields.map(({ name, tableID, columnID, dataTypeID }) => ({
          name,
          typeOid: dataTypeID,
          tableOid: tableID,
          columnNumber: columnID,
        }));
      },
      handleError(error: Error, connection: pg.Connection) {
        connection.off('parameterDescription', readParameters);
        reject(error);
      },
      handleReadyForQuery() {
        resolve({ parameterOids, columns });
      },
    } as pg.Submittable);
  });
}
