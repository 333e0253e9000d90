using System.Text.Json;
using MLPlatform.IntegrationTests.Cli;
using Xunit;

namespace MLPlatform.IntegrationTests.Quotas;

/// <summary>Which GPUs attempts are told to use, on a machine that only says that it has some.</summary>
public sealed class DevicesTests : IDisposable
{
    private const string NvidiaSmi = """
        #!/bin/sh
        case "$1" in
        --query-gpu=*) for i in 0 1 2; do echo "$i, GPU-a$i, Pretended GPU, 0, 0, 8192"; done ;;
        esac
        """;

    private readonly Mlp _mlp = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task Attempts_get_devices_of_their_own_of_those_the_server_was_given_and_shares_meet_on_one()
    {
        string tools = Directory.CreateDirectory(Path.Combine(_mlp.Folder, "bin")).FullName;
        await File.WriteAllTextAsync(Path.Combine(tools, "nvidia-smi"), NvidiaSmi, Cancel);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(tools, "nvidia-smi"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _mlp.Variables["PATH"] = $"{tools}:{Environment.GetEnvironmentVariable("PATH")}";
        _mlp.Variables["CUDA_VISIBLE_DEVICES"] = "1,2";
        _mlp.Variables["Engine__Cpu"] = "4";
        await _mlp.ServeAsync();
        // Each ends only once all three run, so they hold their devices at the same time.
        object Part(string name, string gpu) => new
        {
            type = "train.script",
            resources = new { cpu = "500m", gpu },
            inputs = new
            {
                command = (string[])["sh", "-c", $$"""
                    printf '{"devices":"%s %s"}' "$CUDA_VISIBLE_DEVICES" "$NVIDIA_VISIBLE_DEVICES" > "$MLP_ATTEMPT_DIR/outputs.json"
                    cd {{_mlp.Folder}}
                    touch {{name}}.up
                    while [ ! -e one.up ] || [ ! -e two.up ] || [ ! -e whole.up ]; do sleep 0.05; done
                    """],
            },
        };
        string file = _mlp.Write("gpus.json", JsonSerializer.Serialize(new
        {
            id = "gpus",
            activities = new { one = Part("one", "500m"), two = Part("two", "500m"), whole = Part("whole", "1") },
            outputs = new { one = "${{ activities.one.outputs.devices }}", two = "${{ activities.two.outputs.devices }}", whole = "${{ activities.whole.outputs.devices }}" },
        }));
        Outcome started = await _mlp.RunAsync("run", file, "--detach");
        started.Is(0);
        string run = started.Output.Trim();
        (await _mlp.RunAsync("runs", "watch", run)).Is(0);
        JsonElement outputs = (await _mlp.RunAsync("runs", "show", run, "--json")).Json.GetProperty("outputs");
        string one = outputs.GetProperty("one").GetString()!, whole = outputs.GetProperty("whole").GetString()!;
        Assert.Equal(one, outputs.GetProperty("two").GetString());
        Assert.Equal(["1 1", "2 2"], ((string[])[one, whole]).Order());
    }
}
