// A small line chart of what happened in the last minutes, drawn as SVG. Its numbers are in its name, for those who hear it.
import { count, t } from '../words/words.ts'

type Props = {
  label: string
  /** Oldest first, at equal distances; undefined where nothing is known. */
  values: readonly (number | undefined)[]
  format?: (value: number) => string
  spanS: number
}

const width = 300
const height = 84

export function Chart({ label, values, format = (value) => count(value, 1), spanS }: Props) {
  const known = values.filter((value) => value !== undefined)
  const last = values.at(-1)
  const top = niceTop(Math.max(0, ...known))
  const x = (i: number) => (i / Math.max(1, values.length - 1)) * width
  const y = (value: number) => height - 2 - (value / top) * (height - 6)
  const runs = runsOf(values).map((run) => run.map(({ i, value }) => `${x(i).toFixed(1)} ${y(value).toFixed(1)}`))
  const now = last === undefined ? '–' : format(last)
  return (
    <figure className="chart">
      <figcaption>
        <span>{label}</span>
        <strong>{now}</strong>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={`${label}: ${now}`}>
        <path className="grid" d={`M0 ${y(top)}H${width}M0 ${y(top / 2)}H${width}M0 ${height - 1}H${width}`} />
        {runs.map((points) => (
          <g key={points[0]}>
            <path
              className="area"
              d={`M${points.join('L')}L${points.at(-1)!.split(' ')[0]} ${height}L${points[0]!.split(' ')[0]} ${height}z`}
            />
            <path className="line" d={`M${points.join('L')}`} />
          </g>
        ))}
      </svg>
      <div className="scale" aria-hidden="true">
        <span>{t('server.seconds', { n: spanS })}</span>
        <span>{known.length === 0 ? t('server.noData') : t('server.top', { value: format(top) })}</span>
        <span>{t('server.now')}</span>
      </div>
    </figure>
  )
}

/** The parts without a gap. */
function runsOf(values: readonly (number | undefined)[]): { i: number; value: number }[][] {
  const runs: { i: number; value: number }[][] = []
  for (const [i, value] of values.entries()) {
    if (value === undefined) continue
    if (i > 0 && values[i - 1] !== undefined) runs.at(-1)!.push({ i, value })
    else runs.push([{ i, value }])
  }
  return runs
}

/** 1, 2 or 5 times a power of ten, at least the value. */
function niceTop(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 5, 10].map((factor) => factor * power).find((top) => top >= value)!
}
