using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Artifacts;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

public sealed class LocalArtifactStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-artifacts-").FullName;
    private readonly LocalArtifactStore _store;

    public LocalArtifactStoreTests() => _store = new LocalArtifactStore(Path.Combine(_folder, "store"));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_folder_comes_back_with_its_names_and_bytes()
    {
        string source = Write("out", ("part-0.parquet", "one"), ("day=2010-12-01/part-1.parquet", "two"), ("empty", ""));
        ArtifactRef put = await _store.PutFolderAsync(source, "table", Cancel);
        await _store.LayOutAsync(put.Hash, Path.Combine(_folder, "back"), Cancel);
        Assert.Equal(6, put.Bytes);
        Assert.Equal("two", File.ReadAllText(Path.Combine(_folder, "back/day=2010-12-01/part-1.parquet")));
        ArtifactManifest manifest = (await _store.FindAsync(put.Hash, Cancel))!;
        Assert.Equal(["day=2010-12-01/part-1.parquet", "empty", "part-0.parquet"], manifest.Files.Select(f => f.Path));
        Assert.Equal("one", File.ReadAllText(await _store.FetchAsync(manifest.Files[2], Cancel)));
    }

    [Fact]
    public async Task The_hash_is_that_of_the_canonical_manifest()
    {
        ArtifactRef put = await _store.PutFileAsync(Path.Combine(Write("f", ("a", "x")), "a"), "file", "näme", Cancel);
        string digest = Convert.ToHexStringLower(SHA256.HashData("x"u8));
        byte[] canonical = Encoding.UTF8.GetBytes($$"""{"files":[{"path":"näme","hash":"sha256:{{digest}}","bytes":1}]}""");
        Assert.Equal("sha256:" + Convert.ToHexStringLower(SHA256.HashData(canonical)), put.Hash);
    }

    [Fact]
    public async Task The_same_content_is_kept_once_also_when_put_by_many_at_once()
    {
        string source = Write("out", ("a", new string('x', 300_000)), ("b", new string('x', 300_000)), ("c", "y"));
        ArtifactRef[] puts = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => _store.PutFolderAsync(source, "folder", Cancel))));
        Assert.Single(puts.Distinct());
        Assert.Equal(2, Files("sha256").Count);
        Assert.Empty(Files("tmp"));
    }

    [Fact]
    public async Task A_laid_out_file_shares_its_bytes_with_the_store()
    {
        ArtifactRef put = await _store.PutFolderAsync(Write("out", ("a", "x")), "folder", Cancel);
        string back = Path.Combine(_folder, "back");
        await _store.LayOutAsync(put.Hash, back, Cancel);
        await _store.LayOutAsync(put.Hash, back, Cancel); // Again: a retried attempt finds the folder there.
        using Process stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%h", Path.Combine(back, "a")]) { RedirectStandardOutput = true })!;
        Assert.Equal("2", (await stat.StandardOutput.ReadToEndAsync(Cancel)).Trim());
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("/etc/evil")]
    [InlineData("a/../../evil")]
    [InlineData("a//b")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("")]
    public async Task A_name_that_leaves_the_artifact_is_refused(string name)
    {
        string file = Path.Combine(Write("out", ("a", "x")), "a");
        var refused = await Assert.ThrowsAsync<ActivityException>(() => _store.PutFileAsync(file, "file", name, Cancel));
        Assert.Equal("STORE-002", refused.Code);
    }

    [Fact]
    public async Task A_forged_manifest_cannot_write_outside_its_folder()
    {
        string blob = new('a', 64);
        byte[] json = Encoding.UTF8.GetBytes($$"""{"files":[{"path":"../evil","hash":"sha256:{{blob}}","bytes":1}]}""");
        string digits = Convert.ToHexStringLower(SHA256.HashData(json));
        string file = Path.Combine(_store.Folder, "manifests", digits[..2], digits + ".json");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file, json, Cancel);
        var refused = await Assert.ThrowsAsync<ActivityException>(() => _store.LayOutAsync("sha256:" + digits, Path.Combine(_folder, "back"), Cancel));
        Assert.Equal("STORE-002", refused.Code);
    }

    [Fact]
    public async Task Links_inside_the_folder_are_stored_as_what_they_point_at()
    {
        string source = Write("out", ("data/a", "x"));
        File.CreateSymbolicLink(Path.Combine(source, "link"), "data/a");
        ArtifactRef put = await _store.PutFolderAsync(source, "folder", Cancel);
        ArtifactManifest manifest = (await _store.FindAsync(put.Hash, Cancel))!;
        Assert.Equal(manifest.Files[0].Hash, manifest.Files[1].Hash);
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("/dev/zero")]
    [InlineData("nowhere")]
    [InlineData(".")]
    public async Task Links_that_lead_elsewhere_are_refused(string target)
    {
        string source = Write("out", ("a", "x"));
        File.CreateSymbolicLink(Path.Combine(source, "link"), target);
        Assert.Equal("STORE-003", (await Assert.ThrowsAsync<ActivityException>(() => _store.PutFolderAsync(source, "folder", Cancel))).Code);
    }

    [Fact]
    public async Task A_pipe_in_an_output_folder_is_refused_instead_of_waited_for()
    {
        string source = Write("out", ("a", "x"));
        using (Process made = Process.Start("mkfifo", Path.Combine(source, "pipe")))
            await made.WaitForExitAsync(Cancel);
        Assert.Equal("STORE-003", (await Assert.ThrowsAsync<ActivityException>(() => _store.PutFolderAsync(source, "folder", Cancel))).Code);
    }

    [Fact]
    public async Task Missing_and_damaged_bytes_are_told_apart()
    {
        ArtifactRef put = await _store.PutFolderAsync(Write("out", ("a", "content")), "folder", Cancel);
        ArtifactFile file = (await _store.FindAsync(put.Hash, Cancel))!.Files[0];
        string blob = await _store.FetchAsync(file, Cancel);
        File.Delete(blob);
        Assert.Equal("STORE-004", (await Assert.ThrowsAsync<ActivityException>(() => _store.FetchAsync(file, Cancel))).Code);
        await File.WriteAllTextAsync(blob, "cut", Cancel);
        Assert.Equal("STORE-005", (await Assert.ThrowsAsync<ActivityException>(() => _store.FetchAsync(file, Cancel))).Code);
        Assert.Equal("STORE-004", (await Assert.ThrowsAsync<ActivityException>(() => _store.LayOutAsync("sha256:" + new string('0', 64), _folder, Cancel))).Code);
        Assert.Null(await _store.FindAsync("../../etc/passwd", Cancel));
    }

    [Fact]
    public async Task A_damaged_blob_is_repaired_by_the_next_put_of_its_content()
    {
        string source = Write("out", ("a", "content"));
        ArtifactRef put = await _store.PutFolderAsync(source, "folder", Cancel);
        ArtifactFile file = (await _store.FindAsync(put.Hash, Cancel))!.Files[0];
        string blob = await _store.FetchAsync(file, Cancel);
        File.Delete(blob);
        await File.WriteAllTextAsync(blob, "cut", Cancel);
        await _store.PutFolderAsync(source, "folder", Cancel);
        Assert.Equal("content", await File.ReadAllTextAsync(await _store.FetchAsync(file, Cancel), Cancel));
    }

    [Fact]
    public async Task A_full_disk_fails_as_a_resource_and_leaves_nothing()
    {
        string small = Directory.CreateDirectory(Path.Combine(_folder, "small")).FullName;
        if (await RunAsync("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small) != 0)
            Assert.Skip("needs the right to mount a small file system");
        try
        {
            var store = new LocalArtifactStore(Path.Combine(small, "store"));
            string source = Write("out", ("big", new string('x', 2_000_000)));
            var full = await Assert.ThrowsAsync<ActivityException>(() => store.PutFolderAsync(source, "folder", Cancel));
            Assert.Equal(("STORE-001", FailureKind.Resource), (full.Code, full.Kind));
            Assert.Empty(Directory.EnumerateFiles(store.Folder, "*", SearchOption.AllDirectories));
        }
        finally
        {
            await RunAsync("umount", small);
        }
    }

    [Fact]
    public void What_a_killed_process_left_half_written_is_removed_once_it_is_old()
    {
        string left = Path.Combine(_store.Folder, "tmp", "123-abc");
        File.WriteAllText(left, "half");
        File.SetLastWriteTimeUtc(left, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(0, _store.RemoveAbandoned(new DateTimeOffset(2025, 12, 31, 0, 0, 0, TimeSpan.Zero)));
        Assert.Equal(1, _store.RemoveAbandoned(new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero)));
        Assert.False(File.Exists(left));
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode;
    }

    private List<string> Files(string part) =>
        [.. Directory.EnumerateFiles(Path.Combine(_store.Folder, part), "*", SearchOption.AllDirectories)];

    private string Write(string folder, params (string Path, string Text)[] files)
    {
        string root = Path.Combine(_folder, folder);
        foreach ((string path, string text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, path))!);
            File.WriteAllText(Path.Combine(root, path), text);
        }
        return root;
    }
}
