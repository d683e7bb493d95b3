// Run by npm before the package is packed, published or installed from git, and after `npm install`
// in a clone: builds dist/ when it is missing or out of date. `npm start` and `npm test` do that
// themselves, after `npm ci`.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build, root } from './setup.mjs'

// in a clone, a developer builds when necessary
const isInstalling = process.env.npm_command === 'ci'
const canBuild = existsSync(join(root, 'node_modules', 'typescript')) // not with --omit=dev
if (canBuild && !isInstalling) build()
