import { Link } from '@tanstack/react-router'
import { useText } from '@/i18n/Language'
import { Empty } from './Empty'

export function NotFound() {
  const t = useText()
  return <Empty title={t('pages.notFound')}>{t('pages.notFoundWhy')} <Link to="/runs">{t('pages.home')}</Link></Empty>
}
