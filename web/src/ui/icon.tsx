// The icons, drawn as strokes in a box of 24 by 24. They say nothing by themselves: the button around them has a name.

const paths = {
  plus: 'M12 5v14M5 12h14',
  menu: 'M4 7h16M4 12h16M4 17h10',
  sidebar: 'M4 5h16v14H4zM9.500 5v14',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4',
  settings: 'M4 7h9M19 7h1M4 17h1M11 17h9M16 4.500v5M8 14.500v5',
  server:
    'M5 4h14a1 1 0 0 1 1 1v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zM5 13h14a1 1 0 0 1 1 1v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1v-5a1 1 0 0 1 1-1zM8 7.500h.01M8 16.500h.01',
  send: 'M12 19V5M6 11l6-6 6 6',
  stop: 'M7.500 7.500h9v9h-9z',
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  edit: 'M5 19h3L19 8l-3-3L5 16zM14 7l3 3',
  again: 'M19 12a7 7 0 1 1-2.200-5.100M19 4v4h-4',
  forward: 'M5 6l7 6-7 6zM13 6l7 6-7 6z',
  trash: 'M5 7h14M10 7V4.500h4V7M7 7l1 13h8l1-13M10.500 11v5.500M13.500 11v5.500',
  left: 'M14.500 6l-6 6 6 6',
  right: 'M9.500 6l6 6-6 6',
  down: 'M12 5v14M6 13l6 6 6-6',
  close: 'M6 6l12 12M18 6L6 18',
  image: 'M4 5h16v14H4zM4 16l5-5 4 4 2.500-2.500L20 17M15.500 9.500h.01',
  eye: 'M3 12s3.500-6 9-6 9 6 9 6-3.500 6-9 6-9-6-9-6zM12 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z',
  code: 'M9 7l-5 5 5 5M15 7l5 5-5 5',
  pin: 'M9 4h6l-.8 6.500 3.300 3.500H6.500l3.300-3.500zM12 14v6',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  undo: 'M9 7L4.500 11.500 9 16M5 11.500h9a5 5 0 0 1 0 10h-2',
  redo: 'M15 7l4.500 4.500L15 16M19 11.500h-9a5 5 0 0 0 0 10h2',
  text: 'M5 6h14M5 11h14M5 16h8',
  bars: 'M5 19V11M10 19V5M15 19v-6M20 19v-9',
  keys: 'M4 7h16v10H4zM7.500 10.500h.01M12 10.500h.01M16.500 10.500h.01M8.500 14h7',
  tool: 'M14.500 6a4.500 4.500 0 0 0-5.800 5.800L4 16.500V20h3.500l4.700-4.700A4.500 4.500 0 0 0 18 9.500l-2.800 2.800-2.500-.5-.5-2.500z',
  attach:
    'M19 11.500l-7.300 7.300a4.500 4.500 0 0 1-6.400-6.400l8-8a3 3 0 0 1 4.300 4.300l-8 8a1.500 1.500 0 0 1-2.200-2.200l7.300-7.300',
  warn: 'M12 4.500l8.500 15h-17zM12 10v4.500M12 17h.01',
} as const

export type IconName = keyof typeof paths

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}

/** The mark of the project: a young llama. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <path d="M10.6 26.500V14.600c0-1-.5-1.700-1.200-2.500-.9-1-1.100-2-.5-3 .5-.8 1.300-1.300 2.200-1.400l.5-3.600c2 .5 2.900 1.800 3.100 3.400 1.700.1 3 1.200 3.400 2.700.5 2 .2 3.200 1.300 4.600 2.700.3 5.200 2.300 5.200 6.100v5.600h-3.100v-4.400c-1.900 1-4.700 1-6.700.1v4.300z" />
    </svg>
  )
}
