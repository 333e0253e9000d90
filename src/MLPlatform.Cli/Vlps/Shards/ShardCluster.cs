using System.Globalization;
using System.Text.Json;

namespace MLPlatform.Cli.Vlps.Shards;

/// <summary>The processes of a training, as train.distributed tells each of them: TF_CONFIG, RANK and WORLD_SIZE.</summary>
/// <param name="Shards">Addresses of the shards.</param>
/// <param name="Index">This process's number in its role.</param>
internal sealed record ShardCluster(IReadOnlyList<string> Shards, string Role, int Index)
{
    public static ShardCluster Read()
    {
        string text = Environment.GetEnvironmentVariable("TF_CONFIG") is { Length: > 0 } set ? set
            : throw CliException.Usage("CLI-001", "TF_CONFIG is not set", """train.distributed sets it; by hand: {"cluster":{"ps":["127.0.0.1:4001"],"worker":["127.0.0.1:0"]},"task":{"type":"ps","index":0}}""");
        try
        {
            using JsonDocument config = JsonDocument.Parse(text);
            JsonElement task = config.RootElement.GetProperty("task");
            string[] shards = [.. config.RootElement.GetProperty("cluster").GetProperty("ps").EnumerateArray().Select(a => a.GetString()!)];
            return new ShardCluster(shards, task.GetProperty("type").GetString()!, task.GetProperty("index").GetInt32());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw CliException.Usage("CLI-001", $"TF_CONFIG names no cluster with a role ps and no task: {e.Message}", "the training needs processes of a role named ps, and one or more that train");
        }
    }

    /// <summary>A whole number of the environment.</summary>
    public static int Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int value) ? value
            : throw CliException.Usage("CLI-001", $"{variable} is not set to a number", "train.distributed sets it for every role that trains");

    public static string Checkpoints(string? given) => given ?? Environment.GetEnvironmentVariable("MLP_CHECKPOINT_DIR")
        ?? throw CliException.Usage("CLI-001", "there is no folder for checkpoints", "give --checkpoints, the same folder for all processes, or run under train.distributed");
}
