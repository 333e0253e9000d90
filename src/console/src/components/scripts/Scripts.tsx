import { Button, Group, Modal, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { changeCode, codeQuery, type CodeVersion } from '@/api/code/code'
import { useText } from '@/i18n/Language'
import { Empty } from '../problem/Empty'
import { Loaded } from '../problem/Loaded'
import { ProblemView } from '../problem/ProblemView'
import { Table, type Column } from '../table/Table'
import { bytesOf } from '../time/time'
import { When } from '../time/When'

const begin = "import json\nimport os\nimport pathlib\n\nfolder = pathlib.Path(os.environ['MLP_ATTEMPT_DIR'])\nprint('hello')\n(folder / 'outputs.json').write_text(json.dumps({'score': 0.5}))\n"

/** The code folders that the platform keeps. */
export function Scripts() {
  const t = useText()
  const navigate = useNavigate()
  const code = useQuery(codeQuery)
  const columns = useMemo<Column<CodeVersion>[]>(() => [
    { key: 'name', title: t('scripts.folder'), width: 'minmax(180px, 2fr)', cell: (c) => <Link to="/experiments/scripts/$script" params={{ script: c.name }} style={{ color: 'var(--ink)', fontWeight: 550 }}>{c.name}</Link> },
    { key: 'version', title: t('scripts.version'), width: '100px', end: true, cell: (c) => c.version },
    { key: 'bytes', title: t('scripts.size'), width: '110px', end: true, cell: (c) => bytesOf(c.files.bytes) },
    { key: 'note', title: t('scripts.note'), width: 'minmax(160px, 3fr)', cell: (c) => <span className="quiet">{c.note}</span> },
    { key: 'by', title: t('pages.by'), width: '130px', cell: (c) => c.by },
    { key: 'at', title: t('pages.updated'), width: '130px', cell: (c) => <When at={c.createdAt} /> },
  ], [t])
  return (
    <>
      <div><NewFolder /></div>
      <Loaded query={code}>
        {(rows) => rows.length > 0
          ? <Table label={t('experiments.scripts')} columns={columns} rows={rows} keyOf={(c) => c.name} onOpen={(c) => void navigate({ to: '/experiments/scripts/$script', params: { script: c.name } })} />
          : <Empty title={t('scripts.none')}>{t('scripts.noneHow')} <code>mlp code push NAME FOLDER</code></Empty>}
      </Loaded>
    </>
  )
}

function NewFolder() {
  const t = useText()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [isOpen, setOpen] = useState(false)
  const [name, setName] = useState('')
  const making = useMutation({
    mutationFn: () => changeCode(name, { based: 0, replace: false, files: [{ path: 'train.py', text: begin }], note: t('scripts.firstNote') }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['code'] })
      await navigate({ to: '/experiments/scripts/$script', params: { script: name } })
    },
  })
  return (
    <>
      <Button onClick={() => { making.reset(); setOpen(true) }}>{t('scripts.new')}</Button>
      <Modal opened={isOpen} onClose={() => setOpen(false)} title={t('scripts.new')} closeButtonProps={{ 'aria-label': t('pages.close') }}>
        <form onSubmit={(e) => { e.preventDefault(); making.mutate() }} style={{ display: 'flex', flexDirection: 'column', gap: 12 }}>
          <TextInput label={t('pages.name')} description={t('scripts.nameHow')} value={name} onChange={(e) => setName(e.currentTarget.value.trim())} data-autofocus />
          {making.error && <ProblemView error={making.error} />}
          <Group justify="flex-end"><Button variant="default" onClick={() => setOpen(false)}>{t('pages.cancel')}</Button><Button type="submit" loading={making.isPending} disabled={name === ''}>{t('scripts.create')}</Button></Group>
        </form>
      </Modal>
    </>
  )
}
