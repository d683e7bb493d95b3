// The server: what it serves, what each slot is doing, and what happened in the last two minutes.
import { ViewHead } from '../shell/view-head.tsx'
import { Chart } from '../ui/chart.tsx'
import { count, percent, seconds, t } from '../words/words.ts'
import { historySize, intervalS, useHistory } from './history.ts'
import { useServer } from './server-state.ts'
import { SlotList } from './slot-list.tsx'

// the default export is for React's lazy(), which takes nothing else
export default function ServerView() {
  const { samples, slots, hasMetrics } = useHistory()
  const charts = [
    { word: 'server.generated', values: samples.map((sample) => sample.generatedPerS) },
    { word: 'server.prompt', values: samples.map((sample) => sample.promptPerS) },
    { word: 'server.firstToken', values: samples.map((sample) => sample.firstTokenMs), format: seconds },
    { word: 'server.tokenGap', values: samples.map((sample) => sample.tokenGapMs), format: seconds },
    { word: 'server.running', values: samples.map((sample) => sample.running) },
    { word: 'server.queue', values: samples.map((sample) => sample.waiting) },
    { word: 'server.cacheHits', values: samples.map((sample) => sample.cachedShare), format: percent },
    { word: 'server.cells', values: samples.map((sample) => sample.cellsShare), format: percent },
  ] as const
  return (
    <>
      <ViewHead title={t('server.title')} />
      <div className="scroll server-view">
        <section>
          <h2>{t('server.activity')}</h2>
          {hasMetrics === false && <p className="note">{t('server.noMetrics')}</p>}
          <div className="charts">
            {charts
              .filter(({ values }) => hasMetrics !== false || values.some((value) => value !== undefined))
              .map(({ word, values, ...rest }) => (
                <Chart key={word} label={t(word)} values={values} spanS={historySize * intervalS} {...rest} />
              ))}
          </div>
        </section>
        <section>
          <h2>{t('server.slots')}</h2>
          {slots === undefined ? <p className="note">{t('server.noSlots')}</p> : <SlotList slots={slots} />}
        </section>
        <ModelFacts />
      </div>
    </>
  )
}

function ModelFacts() {
  const { props, model } = useServer()
  if (props === undefined) return null
  const meta = model?.meta
  const facts = [
    ['server.name', model?.id ?? props.model_alias],
    ['server.architecture', props.engine?.description ?? meta?.description],
    ['server.parameters', meta?.n_params && compact(meta.n_params)],
    ['server.size', meta?.size && `${count(meta.size / 2 ** 20)} MiB`],
    ['server.context', t('server.tokens', { n: count(props.default_generation_settings.n_ctx) })],
    ['server.trained', meta?.n_ctx_train && t('server.tokens', { n: count(meta.n_ctx_train) })],
    ['server.vocabulary', meta?.n_vocab && t('server.tokens', { n: count(meta.n_vocab) })],
    ['server.slots', count(props.total_slots)],
    ['server.backend', props.engine?.backend],
    ['server.version', props.build_info],
  ] as const
  return (
    <section>
      <h2>{t('server.model')}</h2>
      <dl className="facts">
        {facts
          .filter(([, value]) => value)
          .map(([word, value]) => (
            <div key={word}>
              <dt>{t(word)}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <details>
        <summary>{t('server.template')}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are scrolled with the keyboard */}
        <pre tabIndex={0}>{props.chat_template || t('server.noTemplate')}</pre>
      </details>
    </section>
  )
}

function compact(value: number): string {
  return value >= 1e9 ? `${count(value / 1e9, 1)} B` : `${count(value / 1e6)} M`
}
