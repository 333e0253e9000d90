using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Training;

/// <summary>Follows runs of a distributed training: the activity train, its log and its processes.</summary>
internal sealed class RunWatch(TestPlatform platform)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The attempt's processes by what they were told of themselves; null: the one that starts the others.</summary>
    public static IEnumerable<(string? Name, int Pid)> Processes(Guid run)
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int pid) || Variable(pid, "MLP_RUN_ID") != run.ToString())
                continue;
            yield return (Variable(pid, "MLP_ROLE") is { } role ? $"{role}-{Variable(pid, "MLP_ROLE_INDEX")}" : null, pid);
        }
    }

    public static string? Variable(int pid, string name)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/environ").Split('\0').FirstOrDefault(v => v.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // It ended, or is another's.
        }
    }

    public static void Kill(int pid)
    {
        using Process process = Process.GetProcessById(pid);
        process.Kill();
    }

    /// <summary>Until a text is in the log.</summary>
    public async Task LoggedAsync(Guid run, string text) => await UntilAsync(async () => (await TryLogAsync(run))?.Contains(text, StringComparison.Ordinal) == true, () => TellAsync(run, $"the log has no '{text}'"));

    /// <summary>The run, once it has ended in that state.</summary>
    public async Task<JsonElement> WaitAsync(Guid run, string state)
    {
        JsonElement now = default;
        await UntilAsync(async () => (now = await platform.GetJsonAsync($"api/v1/runs/{run}")).GetProperty("state").GetString() is "succeeded" or "failed" or "cancelled", () => TellAsync(run, "the run does not end"));
        Assert.True(now.GetProperty("state").GetString() == state, $"{now}\n{await TryLogAsync(run)}");
        return now;
    }

    private async Task<string> TellAsync(Guid run, string what) => $"{what}: {await platform.GetJsonAsync($"api/v1/runs/{run}")}\n{await TryLogAsync(run)}";

    private static async Task UntilAsync(Func<Task<bool>> isSo, Func<Task<string>> otherwise)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Eventually.Patience);
        while (!await isSo())
        {
            if (deadline.IsCancellationRequested)
                Assert.Fail(await otherwise());
            await Task.Delay(50, Cancel);
        }
    }

    public async Task<string> LogAsync(Guid run) => await TryLogAsync(run) ?? "";

    private async Task<string?> TryLogAsync(Guid run)
    {
        using HttpResponseMessage response = await platform.Client.GetAsync($"api/v1/runs/{run}/activities/train/log", Cancel);
        return response.IsSuccessStatusCode ? JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancel)).GetProperty("text").GetString() : null;
    }
}
