using Xunit;

namespace MLPlatform.IntegrationTests.FrontDoor;

public sealed class MlpScriptTests : IDisposable
{
    private readonly StubbedRepository _repository = new();

    public void Dispose() => _repository.Dispose();

    [Fact]
    public async Task The_first_call_builds_and_the_next_does_not()
    {
        Said first = await _repository.MlpAsync("--help");
        Said second = await _repository.MlpAsync("--help");
        Assert.Contains("Building MLPlatform", first.Error, StringComparison.Ordinal);
        Assert.Equal("", second.Error);
        Assert.Equal(first.Out, second.Out);
        Assert.Equal(["MLPlatform.Worker", "MLPlatform.Cli"], _repository.Published.Select(Path.GetFileName));
    }

    [Fact]
    public async Task Arguments_home_and_exit_status_pass_through_from_any_folder_and_through_a_link()
    {
        string link = Path.Combine(_repository.Root, "../link");
        File.CreateSymbolicLink(link, Path.Combine(_repository.Root, "mlp"));
        Said said = await _repository.RunAsync(link, new() { ["STUB_STATUS"] = "2" }, "run", "a file.json", "-p", "x=*");
        Assert.Equal(2, said.Status);
        Assert.Equal($"home {_repository.Root}/.mlp\nargument run\nargument a file.json\nargument -p\nargument x=*\n", said.Out);
        Said elsewhere = await _repository.RunAsync(link, new() { ["MLP_HOME"] = "/elsewhere" }, "runs");
        Assert.StartsWith("home /elsewhere\n", elsewhere.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_source_is_built_again()
    {
        await _repository.MlpAsync();
        File.SetLastWriteTimeUtc(Path.Combine(_repository.Root, "src/MLPlatform.Cli/Program.cs"), _repository.LastBuildBegan.AddSeconds(1));
        await _repository.MlpAsync();
        Assert.Equal(4, _repository.Published.Length);
    }

    [Fact]
    public async Task A_removed_source_is_noticed_and_a_developers_own_output_is_not()
    {
        await _repository.MlpAsync();
        DateTime later = _repository.LastBuildBegan.AddSeconds(1);
        File.SetLastWriteTimeUtc(_repository.Write("repo/src/MLPlatform.Cli/obj/x.cs", ""), later);
        Directory.SetLastWriteTimeUtc(Path.Combine(_repository.Root, "src/MLPlatform.Cli"), later.AddSeconds(-9));
        await _repository.MlpAsync();
        Assert.Equal(2, _repository.Published.Length);
        Directory.SetLastWriteTimeUtc(Path.Combine(_repository.Root, "src/MLPlatform.Cli"), later);
        await _repository.MlpAsync();
        Assert.Equal(4, _repository.Published.Length);
    }

    [Fact]
    public async Task A_failed_build_says_why_and_is_tried_again()
    {
        string mlp = Path.Combine(_repository.Root, "mlp");
        Said broken = await _repository.RunAsync(mlp, new() { ["STUB_BROKEN"] = "1" });
        Assert.Equal(3, broken.Status);
        Assert.Contains("Program.cs(1,1): error CS1002: ; expected", broken.Error, StringComparison.Ordinal);
        Assert.Contains(".build/build.log", broken.Error, StringComparison.Ordinal);
        Assert.Equal("", broken.Out);
        Assert.Equal(0, (await _repository.MlpAsync("--help")).Status);
    }

    [Fact]
    public async Task Calls_at_the_same_time_build_once()
    {
        Said[] said = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _repository.MlpAsync("--help")));
        Assert.All(said, s => Assert.Equal(0, s.Status));
        Assert.Equal(2, _repository.Published.Length);
    }

    [Fact]
    public async Task A_replaced_build_that_nobody_uses_is_removed()
    {
        await _repository.MlpAsync();
        File.SetLastWriteTimeUtc(Path.Combine(_repository.Root, "src/MLPlatform.Cli/Program.cs"), _repository.LastBuildBegan.AddSeconds(1));
        await _repository.MlpAsync();
        Assert.Single(Directory.GetDirectories(Path.Combine(_repository.Root, ".build"), "app-*"));
    }

    [Fact]
    public async Task An_SDK_that_is_too_old_is_named()
    {
        Said said = await _repository.RunAsync(Path.Combine(_repository.Root, "mlp"), new() { ["STUB_SDK_STATUS"] = "1" });
        Assert.Equal(3, said.Status);
        Assert.Contains("this needs the .NET SDK 10", said.Error, StringComparison.Ordinal);
        Assert.Contains("8.0.100", said.Error, StringComparison.Ordinal);
        Assert.Empty(_repository.Published);
    }
}
