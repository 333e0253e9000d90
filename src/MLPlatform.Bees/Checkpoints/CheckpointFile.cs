using System.Text.Json;
using MLPlatform.Bees.Agents;
using MLPlatform.Bees.Hosts;

namespace MLPlatform.Bees.Checkpoints;

/// <summary>
/// The checkpoint on disk, with the right to write it: one agent at a time. It tells files apart; how far they are delivered
/// is for the sink to say, so an older one costs nothing but a few questions.
/// </summary>
internal sealed class CheckpointFile : IDisposable
{
    private readonly FileStream _lock;
    private readonly string _agent;

    private CheckpointFile(string path, string agent, FileStream theLock) => (Path, _agent, _lock) = (path, agent, theLock);

    public string Path { get; }

    /// <exception cref="AgentException">Another agent has it, or its folder cannot be made.</exception>
    public static CheckpointFile Open(string path, string agent)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            return new(path, agent, new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentException("BEES-003", $"The checkpoint '{path}' cannot be taken: {e.Message}", "Stop the other agent that uses it, or name another file that this user may write.");
        }
    }

    /// <exception cref="AgentException">There is one, but it cannot be used.</exception>
    public Checkpoint Read()
    {
        if (!File.Exists(Path))
            return new(1, _agent, []);
        Checkpoint? read = null;
        string why = "it is empty";
        try
        {
            read = JsonSerializer.Deserialize(File.ReadAllBytes(Path), CheckpointJson.Default.Checkpoint);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            why = e.Message;
        }
        if (read is not { Version: 1 })
            throw new AgentException("BEES-004", $"The checkpoint '{Path}' cannot be read: {why}", "Restore it. Without it, delete it: every file is then collected again, as new ones.");
        if (read.Agent != _agent)
            throw new AgentException("BEES-004", $"The checkpoint '{Path}' belongs to the agent '{read.Agent}', not to '{_agent}'.", "Give every agent its own checkpoint, and keep its name.");
        return read;
    }

    /// <summary>Replaces the checkpoint; when it returns, the new one is durable.</summary>
    /// <exception cref="IOException">The old one still stands.</exception>
    public void Write(Checkpoint checkpoint) =>
        DurableFile.Replace(Path, stream => JsonSerializer.Serialize(stream, checkpoint, CheckpointJson.Default.Checkpoint));

    public void Dispose() => _lock.Dispose();
}
