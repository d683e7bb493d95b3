// A switch: on or off, at once.

type Props = { id?: string; isOn: boolean; onChange: (isOn: boolean) => void }

export function Switch({ id, isOn, onChange }: Props) {
  return (
    <input
      id={id}
      type="checkbox"
      role="switch"
      aria-checked={isOn}
      checked={isOn}
      onChange={(event) => onChange(event.target.checked)}
    />
  )
}
