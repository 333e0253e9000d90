import { pair } from '../pair'

export const artifacts = pair(
  {
    'artifacts.file': 'File',
    'artifacts.large': 'With {size} it is too large to be shown here; download it.',
    'artifacts.moreFiles': 'and {n} more files',
    'artifacts.rows': '{n} rows',
    'artifacts.columns': '{n|1 column|# columns}',
    'artifacts.table': 'The first rows',
    'artifacts.distinct': '≈ {n} distinct',
    'artifacts.missing': '{n} missing',
    'artifacts.show': 'Show',
    'artifacts.hide': 'Hide',
  },
  {
    'artifacts.file': '文件',
    'artifacts.large': '大小为 {size}，无法在此显示，请下载。',
    'artifacts.moreFiles': '另有 {n} 个文件',
    'artifacts.rows': '{n} 行',
    'artifacts.columns': '{n|1 列|# 列}',
    'artifacts.table': '前几行',
    'artifacts.distinct': '约 {n} 个不同值',
    'artifacts.missing': '缺失 {n} 个',
    'artifacts.show': '显示',
    'artifacts.hide': '隐藏',
  },
)
