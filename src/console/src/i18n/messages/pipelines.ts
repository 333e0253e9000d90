import { pair } from '../pair'

export const pipelines = pair(
  {
    'pipelines.none': 'No pipeline is applied yet',
    'pipelines.noneHow': 'A pipeline is a JSON file in git. Apply one with:',
    'pipelines.revision': 'Revision',
    'pipelines.paused': 'Triggers',
    'pipelines.isPaused': 'paused',
    'pipelines.isActive': 'active',
    'pipelines.appliedBy': 'Applied by',
    'pipelines.appliedAt': 'Applied',
    'pipelines.folder': 'Folder',
    'pipelines.runs': 'Its runs',
    'pipelines.elsa': 'Open Elsa Studio',
  },
  {
    'pipelines.none': '还没有应用任何流水线',
    'pipelines.noneHow': '流水线是 git 中的一个 JSON 文件。应用方法：',
    'pipelines.revision': '修订',
    'pipelines.paused': '触发器',
    'pipelines.isPaused': '已暂停',
    'pipelines.isActive': '启用',
    'pipelines.appliedBy': '应用者',
    'pipelines.appliedAt': '应用时间',
    'pipelines.folder': '文件夹',
    'pipelines.runs': '它的运行',
    'pipelines.elsa': '打开 Elsa Studio',
  },
)
