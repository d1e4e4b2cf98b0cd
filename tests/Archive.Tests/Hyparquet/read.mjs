// Prints the rows of a Parquet file as hyparquet reads them: a line of JSON each, bytes in Base64.
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

const file = await asyncBufferFromFile(process.argv[2])
const rows = await parquetReadObjects({ file, compressors, utf8: false })
const plain = value =>
  typeof value === 'bigint' ? value.toString() : value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
process.stdout.write(rows.map(row => JSON.stringify(row, (_, value) => plain(value)) + '\n').join(''))
