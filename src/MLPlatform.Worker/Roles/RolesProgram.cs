using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Threading.Channels;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Jobs;
using MLPlatform.Executors.Process.Native;

namespace MLPlatform.Worker.Roles;

/// <summary>
/// The one process of a distributed attempt that the supervisor knows: it starts those of all roles, gives their lines to the log
/// under their names, and ends when their policies say so.
/// </summary>
internal static class RolesProgram
{
    private const int SigTerm = 15;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>The exit code of the attempt.</summary>
    public static async Task<int> RunAsync()
    {
        string folder = Environment.GetEnvironmentVariable("MLP_ATTEMPT_DIR") ?? throw new InvalidOperationException("MLP_ATTEMPT_DIR is not set");
        using JsonDocument inputs = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "inputs.json")));
        Dictionary<string, RoleDeclaration> roles = inputs.RootElement.GetProperty("roles").Deserialize<Dictionary<string, RoleDeclaration>>(ActivityJson.Options)!;
        List<string> usual = inputs.RootElement.TryGetProperty("command", out JsonElement command) ? command.Deserialize<List<string>>()! : [];
        await using RoleGroup group = new(roles, usual);
        using PosixSignalRegistration stop = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true; // We end when they have.
            group.StopAsked();
        });
        return await group.RunAsync(Grace);
    }

    private sealed class RoleGroup(Dictionary<string, RoleDeclaration> roles, List<string> usual) : IAsyncDisposable
    {
        private readonly Dictionary<string, Process> _running = [];
        private readonly Channel<(RoleProcess Process, int Code)> _ends = Channel.CreateUnbounded<(RoleProcess, int)>();
        private readonly Lock _gate = new();

        // By which they know each other; it is written down nowhere.
        private readonly string _secret = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        private volatile bool _stopping;

        public void StopAsked()
        {
            _stopping = true;
            Signal();
        }

        public async Task<int> RunAsync(TimeSpan grace)
        {
            IReadOnlyList<RoleProcess> all = RoleLayout.Of(roles, "127.0.0.1", FreePorts(RoleLayout.Ports(roles)));
            RoleJudge judge = new(roles);
            foreach (RoleProcess each in all)
            {
                if (!TryStart(each))
                    return await EndAsync(1, grace);
            }
            while (true)
            {
                (RoleProcess process, int code) = await _ends.Reader.ReadAsync();
                if (_stopping)
                    return await EndAsync(128 + SigTerm, grace);
                switch (judge.Ended(process.Role, process.Index, code))
                {
                    case RoleVerdict.StartAgain:
                        Say($"{process.Name} ended with exit code {code} and is started again");
                        if (!TryStart(process))
                            return await EndAsync(1, grace);
                        break;
                    case RoleVerdict.Succeed:
                        return await EndAsync(0, grace);
                    case RoleVerdict.Fail fail:
                        int failed = await EndAsync(code == 0 ? 1 : code, grace);
                        Say($"JOB-030 {fail.Why}; the others were stopped");
                        return failed;
                }
            }
        }

        public async ValueTask DisposeAsync() => await EndAsync(0, TimeSpan.Zero);

        private bool TryStart(RoleProcess each)
        {
            IReadOnlyList<string> words = roles[each.Role].Command ?? usual;
            ProcessStartInfo start = new(words[0], words.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
            start.Environment["MLP_TRAINING_SECRET"] = _secret;
            foreach ((string name, string value) in each.Environment)
                start.Environment[name] = value;
            try
            {
                Process process = Process.Start(start)!;
                lock (_gate)
                    _running[each.Name] = process;
                process.StandardInput.Close();
                _ = FollowAsync(each, process);
                return true;
            }
            catch (Win32Exception e)
            {
                Say($"JOB-033 {each.Name} could not be started: {e.Message} ({words[0]})");
                return false;
            }
        }

        private async Task FollowAsync(RoleProcess each, Process process)
        {
            await Task.WhenAll(CopyAsync(each, process.StandardOutput), CopyAsync(each, process.StandardError), process.WaitForExitAsync());
            lock (_gate)
                _running.Remove(each.Name);
            await _ends.Writer.WriteAsync((each, process.ExitCode));
        }

        private static async Task CopyAsync(RoleProcess each, StreamReader lines)
        {
            while (await lines.ReadLineAsync() is { } line)
                Say($"[{each.Name}] {line}");
        }

        // SIGTERM first, so that they can write a checkpoint.
        private async Task<int> EndAsync(int code, TimeSpan grace)
        {
            _stopping = true;
            Signal();
            Process[] left = Running();
            using CancellationTokenSource deadline = new(grace);
            try
            {
                await Task.WhenAll(left.Select(p => p.WaitForExitAsync(deadline.Token)));
            }
            catch (OperationCanceledException)
            {
                foreach (Process process in left.Where(p => !p.HasExited))
                    process.Kill(entireProcessTree: true);
            }
            return code;
        }

        private void Signal()
        {
            foreach (Process process in Running().Where(p => !p.HasExited))
                _ = Libc.Kill(process.Id, SigTerm);
        }

        private Process[] Running()
        {
            lock (_gate)
                return [.. _running.Values];
        }

        private static void Say(string line) => Console.Out.WriteLine(line);

        // Held together until all are known, so that no two are the same.
        private static List<int> FreePorts(int count)
        {
            List<TcpListener> listeners = [];
            try
            {
                for (int i = 0; i < count; i++)
                {
                    TcpListener listener = new(IPAddress.Loopback, 0);
                    listener.Start();
                    listeners.Add(listener);
                }
                return [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
            }
            finally
            {
                listeners.ForEach(l => l.Stop());
            }
        }
    }
}
