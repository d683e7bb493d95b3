// Buttons: with an icon only, whose name is its label and tooltip, or with words.
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'
import { Icon, type IconName } from './icon.tsx'

type Base = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'title' | 'aria-label'> & {
  ref?: Ref<HTMLButtonElement>
}

export function IconButton({ icon, label, className = '', ...rest }: Base & { icon: IconName; label: string }) {
  return (
    <button type="button" className={`icon-button ${className}`} aria-label={label} title={label} {...rest}>
      <Icon name={icon} />
    </button>
  )
}

type ButtonProps = Base & { icon?: IconName; kind?: 'main' | 'quiet' | 'danger'; children: ReactNode }

export function Button({ icon, kind = 'quiet', className = '', children, ...rest }: ButtonProps) {
  return (
    <button type="button" className={`button ${kind} ${className}`} {...rest}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  )
}
