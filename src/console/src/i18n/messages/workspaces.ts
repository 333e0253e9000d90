import { pair } from '../pair'

export const workspaces = pair(
  {
    'workspaces.owner': 'Owner',
    'workspaces.active': 'Last used',
    'workspaces.reclaim': 'Given back',
    'workspaces.open': 'Open',
    'workspaces.stop': 'Stop',
    'workspaces.stopWill': 'Its kernels end and its machine is given back. Its files are kept.',
    'workspaces.restore': 'Start again',
    'workspaces.restoreWill': 'It starts again with its files, as soon as a machine is free.',
    'workspaces.new': 'New workspace',
    'workspaces.none': 'There is no workspace yet',
    'workspaces.noneHow': 'A workspace is a notebook on the platform’s machines. Its files are kept, and its machine is given back when nobody uses it.',
  },
  {
    'workspaces.owner': '所有者',
    'workspaces.active': '最近使用',
    'workspaces.reclaim': '回收时间',
    'workspaces.open': '打开',
    'workspaces.stop': '停止',
    'workspaces.stopWill': '内核将结束，机器将归还，文件会保留。',
    'workspaces.restore': '重新启动',
    'workspaces.restoreWill': '一有空闲机器，就带着原有文件重新启动。',
    'workspaces.new': '新建工作空间',
    'workspaces.none': '还没有工作空间',
    'workspaces.noneHow': '工作空间是运行在平台机器上的笔记本。文件会保留，闲置时机器自动归还。',
  },
)
