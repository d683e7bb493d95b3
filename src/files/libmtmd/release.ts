// The libmtmd that belongs to this Cria: the release, and the npm package that has its source.

export const libmtmdRelease = {
  /** llama.cpp's, the same as that of the engine packages. */
  version: 'v0.5.0',
  /** Part of the folder's name: raised when the way it is compiled changes. */
  recipe: 1,
  source: {
    package: 'node-llama-cpp@3.22.1',
    /** Of the package's archive, as the registry and lock files state it. */
    integrity: 'sha512-bltIipuWmc123H7tMIgDGKSsSrhmhlQYeVUC48XTjVW7XGJJiJJyCdlTMzQ/LiWoPkGDpcL4FviDpgw7qfTiDw==',
    /** A git bundle of llama.cpp at that release. */
    bundle: 'package/llama/gitRelease.bundle',
    /** The folders that are needed. */
    folders: ['tools/mtmd', 'vendor', 'include', 'ggml/include'],
  },
} as const
