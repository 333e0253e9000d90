using Xunit;

namespace MLPlatform.IntegrationTests.FrontDoor;

/// <summary>The last line and the exit status of <c>./test</c>, which others rely on.</summary>
public sealed class TestScriptTests : IDisposable
{
    private const string Three = "total=\"3\" passed=\"2\" failed=\"0\" skipped=\"1\" not-run=\"0\" errors=\"0\"";
    private const string None = "total=\"0\" passed=\"0\" failed=\"0\" skipped=\"0\" not-run=\"0\" errors=\"0\"";

    private readonly StubbedRepository _repository = new();

    public void Dispose() => _repository.Dispose();

    public static TheoryData<string, string, string, string, string, int> Outcomes => new()
    {
        { "all pass", Three, Three, "0", "4 passed, 0 failed, 2 skipped", 0 },
        { "tests fail", Three, "total=\"5\" passed=\"3\" failed=\"2\" skipped=\"0\" not-run=\"0\" errors=\"0\"", "1", "5 passed, 3 failed, 1 skipped", 1 },
        { "a fixture fails to clean up", Three, "total=\"1\" passed=\"1\" failed=\"0\" skipped=\"0\" not-run=\"0\" errors=\"1\"", "0", "3 passed, 1 failed, 1 skipped", 1 },
        { "a runner crashes", Three, "crash", "0", "2 passed, 1 failed, 1 skipped", 1 },
        { "a suite is empty", Three, None, "0", "2 passed, 1 failed, 1 skipped", 1 },
        { "a runner fails after its tests", Three, Three, "3", "4 passed, 2 failed, 2 skipped", 1 },
    };

    [Theory, MemberData(nameof(Outcomes))]
    public async Task The_last_line_tells_how_it_went(string _, string fast, string integration, string runnerStatus, string lastLine, int status)
    {
        Said said = await TestAsync(fast, integration, runnerStatus);
        Assert.Equal(lastLine, said.LastLine);
        Assert.Equal(status, said.Status);
    }

    [Fact]
    public async Task Fast_runs_the_fast_suite_alone()
    {
        Said said = await TestAsync(Three, "crash", "0", "fast");
        Assert.Equal("2 passed, 0 failed, 1 skipped", said.LastLine);
    }

    [Fact]
    public async Task A_filter_that_matches_nothing_at_all_is_a_failure()
    {
        Said said = await TestAsync(None, None, "0", "--filter", "Nonsense");
        Assert.Equal("0 passed, 1 failed, 0 skipped", said.LastLine);
        Assert.Equal("2 passed, 0 failed, 1 skipped", (await TestAsync(Three, None, "0", "--filter", "Some")).LastLine);
    }

    [Fact]
    public async Task An_unknown_argument_shows_the_usage()
    {
        Said said = await TestAsync(Three, Three, "0", "--nonsense");
        Assert.Equal(2, said.Status);
        Assert.Contains("./test fast", said.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_python_module_that_only_another_python3_has_is_missing()
    {
        _repository.Write("debian/python3", "#!/bin/sh\n[ \"$1\" != -c ]\n");
        Said said = await TestAsync(Three, Three, "0");
        Assert.Contains("python3-jsonschema", said.Out, StringComparison.Ordinal); // as root it is installed, else that is what is told
    }

    [Fact]
    public async Task What_is_there_is_neither_installed_nor_missed() =>
        Assert.DoesNotContain("python3", (await TestAsync(Three, Three, "0")).Out, StringComparison.Ordinal);

    [Theory]
    [InlineData("0", "4 passed, 0 failed, 2 skipped", "Side: done in ")]
    [InlineData("3", "4 passed, 1 failed, 2 skipped", "a warning of it\nFAILED: Side (")]
    public async Task A_step_beside_others_tells_how_it_went_when_it_is_gathered(string status, string lastLine, string told)
    {
        _repository.Write("repo/.ci/console.sh", $$"""run_console() { beside "Side" sh -c 'echo "a warning of it"; exit {{status}}'; step "Quick" true; gather "Side"; }""");
        Said said = await TestAsync(Three, Three, "0");
        Assert.Equal(lastLine, said.LastLine);
        Assert.InRange(said.Out.IndexOf(told, StringComparison.Ordinal), said.Out.IndexOf("Quick: done in ", StringComparison.Ordinal) + 1, said.Out.Length);
    }

    public static TheoryData<string, string, string, int> Consoles => new()
    {
        { "exit 0", "exit 0", "9 passed, 0 failed, 4 skipped", 0 }, // Pieces 5 and 1 skipped; no Chromium: the browser's tests count as one more.
        { "exit 0", "[ \"$1\" != tsc ]", "9 passed, 1 failed, 4 skipped", 1 },
        { "exit 1", "exit 0", "4 passed, 1 failed, 2 skipped", 1 },
        { "echo 'code ENOTFOUND'; exit 1", "exit 0", "4 passed, 0 failed, 3 skipped", 0 },
        { "kill $PPID", "exit 0", "4 passed, 1 failed, 2 skipped", 1 }, // What runs beside the tests ends early.
    };

    [Theory, MemberData(nameof(Consoles))]
    public async Task What_is_checked_of_the_console_beside_the_tests_counts(string npm, string npx, string lastLine, int status)
    {
        _repository.Write("repo/.ci/console.sh", File.ReadAllText(Repository.File(".ci/console.sh")));
        _repository.Write("repo/src/console/package.json", "{}");
        _repository.WriteProgram("npm", $"#!/bin/sh\n[ \"$1\" != ci ] && exit 0\n{npm}\n");
        _repository.WriteProgram("npx", $"#!/bin/sh\n{npx}\n");
        _repository.WriteProgram("node", "#!/bin/sh\ncase $2 in *console.log*) echo 5 0 1 ;; esac\n");
        Said said = await TestAsync(Three, Three, "0");
        Assert.Equal(lastLine, said.LastLine);
        Assert.Equal(status, said.Status);
    }

    private Task<Said> TestAsync(string fast, string integration, string runnerStatus, params string[] arguments) => _repository.RunAsync(
        Path.Combine(_repository.Root, "test"),
        new()
        {
            ["STUB_MLPlatform_Tests"] = fast,
            ["STUB_MLPlatform_IntegrationTests"] = integration,
            ["STUB_RUNNER_STATUS"] = runnerStatus,
            ["MLP_CHROMIUM"] = "no-chromium",
        },
        arguments);
}
