import { pair } from '../pair'

export const access = pair(
  {
    'access.title': 'Sign in',
    'access.why': 'This server asks for an API token. An admin makes one with: mlp tokens create NAME --role editor',
    'access.token': 'API token',
    'access.keep': 'Keep me signed in on this computer',
    'access.enter': 'Sign in',
    'access.leave': 'Sign out',
    'access.refused': 'The server does not know this token, or it was revoked.',
  },
  {
    'access.title': '登录',
    'access.why': '此服务器需要 API 令牌。管理员可用以下命令创建：mlp tokens create NAME --role editor',
    'access.token': 'API 令牌',
    'access.keep': '在这台电脑上保持登录',
    'access.enter': '登录',
    'access.leave': '退出登录',
    'access.refused': '服务器不认识此令牌，或令牌已被吊销。',
  },
)
