using System.Diagnostics;
using System.Text;

namespace MLPlatform.IntegrationTests.FrontDoor;

internal sealed record Said(int Status, string Out, string Error)
{
    public string LastLine => Out.TrimEnd('\n').Split('\n')[^1];
}

/// <summary>
/// A folder with the scripts of the repository, next to nothing to build, and a <c>dotnet</c> that only writes down what
/// it was asked: what the scripts decide shows within milliseconds.
/// </summary>
internal sealed class StubbedRepository : IDisposable
{
    private const string Dotnet = """
        #!/usr/bin/env bash
        case $1 in
          --version) exit ${STUB_SDK_STATUS:-0} ;;
          --list-sdks) echo "8.0.100 [/opt/dotnet/sdk]" ;;
          publish)
            echo "$2" >>"$STUB_FOLDER/published"
            if [[ -n ${STUB_BROKEN-} ]]; then echo "Program.cs(1,1): error CS1002: ; expected"; exit 1; fi
            while [[ $1 != -o ]]; do shift; done
            touch "$2/mlp.dll" ;;
          restore | build | format) exit 0 ;;
          */mlp.dll) shift; echo "home $MLP_HOME"; printf 'argument %s\n' "$@"; exit ${STUB_STATUS:-0} ;;
          tests/*)
            suite=$(basename "$1" .dll)
            while [[ $1 != -result-xml ]]; do shift; done
            counts=STUB_${suite//./_}
            [[ ${!counts-} == crash ]] && exit 134
            echo "   $suite  Total: 3, Errors: 0, Failed: 0, Skipped: 1, Not Run: 0, Time: 0.$RANDOM"s
            echo "<assemblies><assembly name=\"x\" ${!counts}><errors /></assembly></assemblies>" >"$2"
            exit ${STUB_RUNNER_STATUS:-0} ;;
        esac
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-front-").FullName;

    public StubbedRepository()
    {
        foreach (string file in new[] { "mlp", "test", ".ci/dotnet.sh", "global.json" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Root, file))!);
            File.Copy(Repository.File(file), Path.Combine(Root, file));
        }
        // Debian's own python3 has a stand-in beside the one that comes first on PATH.
        string script = Path.Combine(Root, "test");
        File.WriteAllText(script, File.ReadAllText(script).Replace("/usr/bin/python3", Path.Combine(_folder, "debian", "python3"), StringComparison.Ordinal));
        Write("repo/src/MLPlatform.Cli/Program.cs", "return 0;");
        Write("bin/dotnet", Dotnet);
        foreach (string installed in new[] { "bin/initdb", "bin/python3", "debian/python3" })
            Write(installed, "#!/bin/sh\n");
        Write("bin/apt-get", "#!/bin/sh\necho \"$@\" >>\"$STUB_FOLDER/installed\"\n");
        foreach (string program in new[] { "bin/dotnet", "bin/initdb", "bin/python3", "bin/apt-get", "debian/python3" })
            MakeProgram(program);
    }

    public string Root => Path.Combine(_folder, "repo");

    /// <summary>Projects that were published so far.</summary>
    public string[] Published => File.Exists(Path.Combine(_folder, "published")) ? File.ReadAllLines(Path.Combine(_folder, "published")) : [];

    public DateTime LastBuildBegan => File.GetLastWriteTimeUtc(Path.Combine(Root, ".build/current/stamp"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public string Write(string path, string text)
    {
        string file = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>A program that comes first on PATH.</summary>
    public void WriteProgram(string name, string script)
    {
        Write($"bin/{name}", script);
        MakeProgram($"bin/{name}");
    }

    private void MakeProgram(string path)
    {
        if (!OperatingSystem.IsWindows()) // the scripts are for Linux; the compiler does not know
            File.SetUnixFileMode(Path.Combine(_folder, path), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public Task<Said> MlpAsync(params string[] arguments) => RunAsync(Path.Combine(Root, "mlp"), [], arguments);

    public async Task<Said> RunAsync(string program, Dictionary<string, string> environment, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment["PATH"] = Path.Combine(_folder, "bin") + ":" + Environment.GetEnvironmentVariable("PATH");
        start.Environment["STUB_FOLDER"] = _folder;
        start.Environment.Remove("MLP_HOME");
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(Xunit.TestContext.Current.CancellationToken);
        return new Said(process.ExitCode, await output, await error);
    }
}
