using System.Globalization;
using MLPlatform.Core.Activities;

namespace MLPlatform.Server.Deployments;

/// <summary>
/// Keeps impressions in files that an agent of Bees ships: one being written and, once it is large, moved aside under its time. The
/// oldest go when there are too many, shipped or not.
/// </summary>
internal sealed class ImpressionFiles(string folder, TimeProvider time) : IImpressionSink, IDisposable
{
    internal const int MostFiles = 16;
    private FileStream? _file;

    /// <summary>The largest file, in bytes; one write more at most.</summary>
    public long LargestFile { get; init; } = 64 << 20;

    /// <summary>Makes the folder, and proves that it can be written.</summary>
    /// <exception cref="ActivityException">SERVE-015: it cannot.</exception>
    public void Open(string deployment)
    {
        try
        {
            Directory.CreateDirectory(folder);
            _file = OpenEnded(FileOf(deployment));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ActivityException("SERVE-015", $"Impressions cannot be logged below '{folder}': {e.Message}", inner: e);
        }
    }

    public Task KeepAsync(GatheredImpressions gathered, CancellationToken cancel)
    {
        string name = gathered.Deployment.Name;
        _file ??= OpenEnded(FileOf(name));
        long before = _file.Length;
        try
        {
            foreach (byte[] record in gathered.Records)
            {
                _file.Write(record);
                _file.WriteByte((byte)'\n');
            }
            _file.Flush(flushToDisk: true);
        }
        catch
        {
            // Whole again or not at all; where even that fails, a line that was torn is closed by the next opening.
            _file.SetLength(before);
            Close();
            throw;
        }
        if (_file.Length >= LargestFile)
            MoveAside(name);
        return Task.CompletedTask;
    }

    public void Dispose() => Close();

    private string FileOf(string deployment) => Path.Combine(folder, $"{ServingSources.ImpressionsOf(deployment)}.jsonl");

    private void MoveAside(string deployment)
    {
        Close();
        string source = ServingSources.ImpressionsOf(deployment);
        File.Move(FileOf(deployment), Path.Combine(folder, $"{source}@{time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'.'fffffff", CultureInfo.InvariantCulture)}.jsonl"));
        foreach (string old in Directory.GetFiles(folder, $"{source}@*.jsonl").Order(StringComparer.Ordinal).SkipLast(MostFiles - 1))
            File.Delete(old);
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }

    // A process that was killed may have left half a line; the next one must not go on in it.
    private static FileStream OpenEnded(string path)
    {
        FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, 1 << 16);
        if (file.Length > 0)
        {
            file.Position = file.Length - 1;
            if (file.ReadByte() != '\n')
                file.WriteByte((byte)'\n');
        }
        return file;
    }
}
