using System.Text;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>Writes what an attempt's pods print into its log, and keeps the record of how far that is in step with it.</summary>
internal sealed class AttemptLogWriter : IDisposable
{
    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly FileStream _file;
    private readonly LogCap _cap;
    private readonly Dictionary<string, LogPosition> _positions;
    private ClusterRecord _record;

    /// <param name="bytes">How much of the log is kept.</param>
    /// <param name="messages">Where it says that the cap does not hold.</param>
    public AttemptLogWriter(string folder, ClusterRecord record, long bytes, Action<string> messages)
    {
        _folder = folder;
        _record = record;
        _positions = new(record.Logs, StringComparer.Ordinal);
        _file = new FileStream(Path.Combine(folder, AttemptFiles.Log), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (_file.Length > record.LogLength)
            _file.SetLength(record.LogLength); // Written, but not recorded when a server was killed: it is copied again.
        _file.Seek(0, SeekOrigin.End);
        _cap = new LogCap(folder, bytes, messages);
    }

    /// <summary>How far the pod's log was copied.</summary>
    public LogPosition? PositionOf(string pod)
    {
        lock (_gate)
            return _positions.GetValueOrDefault(pod);
    }

    /// <summary>Appends lines of a pod.</summary>
    public void Append(string pod, IReadOnlyList<string> lines, string prefix, LogPosition position)
    {
        StringBuilder text = new();
        foreach (string line in lines)
            text.Append(prefix).Append(line).Append('\n');
        lock (_gate)
        {
            _file.Write(Encoding.UTF8.GetBytes(text.ToString()));
            _positions[pod] = position;
            Save();
            _cap.Check();
        }
    }

    /// <summary>Notes that a container runs.</summary>
    public void NoteRun()
    {
        lock (_gate)
        {
            if (_record.HasRun)
                return;
            _record = _record with { HasRun = true };
            Save();
        }
    }

    public void Dispose() => _file.Dispose();

    private void Save()
    {
        _record = _record with { LogLength = _file.Length, Logs = new Dictionary<string, LogPosition>(_positions) };
        _record.Write(_folder);
    }
}
