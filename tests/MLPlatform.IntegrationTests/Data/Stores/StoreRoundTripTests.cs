using System.Text;
using MLPlatform.Activities.Data.Stores;
using MLPlatform.Activities.Lineage;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Lineage;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Data.Stores;

public sealed class StoreRoundTripTests
{
    public static TheoryData<string, string> Places
    {
        get
        {
            TheoryData<string, string> places = [];
            foreach (string store in new[] { "file", "s3", "hdfs" })
            {
                foreach (string name in new[] { "t.csv", "t.tsv.gz", "t.jsonl", "t.parquet" })
                    places.Add(store, name);
            }
            return places;
        }
    }

    [Theory, MemberData(nameof(Places))]
    public async Task What_is_exported_and_imported_again_is_the_same_table_to_the_last_bit(string store, string name)
    {
        await using StoreWorld world = await StoreWorld.StartAsync();
        ArtifactRef table = await world.TableAsync(3000);

        ExportData.Outputs exported = await world.ExportAsync(table, world.At(store, name));
        ImportData.Outputs imported = await world.ImportAsync(world.At(store, name));

        Assert.Equal((3000, 3000, 0), (exported.Rows, imported.Rows, imported.Rejected));
        Assert.Equal(table.Hash, imported.Table!.Hash);
        byte[] first = world.Seen(store, name)!;
        await world.ExportAsync(table, world.At(store, name));
        Assert.Equal(first, world.Seen(store, name));
    }

    [Fact]
    public async Task A_large_object_goes_and_comes_in_parts()
    {
        await using StoreWorld world = await StoreWorld.StartAsync();
        ArtifactRef table = await world.TableAsync(400_000);

        ExportData.Outputs exported = await world.ExportAsync(table, world.At("s3", "t.csv"));
        ImportData.Outputs imported = await world.ImportAsync(world.At("s3", "t.csv"));

        Assert.InRange(exported.Bytes, 2L * S3Files.PartBytes, long.MaxValue);
        Assert.Equal(table.Hash, imported.Table!.Hash);
        Assert.Contains(world.S3.Log, l => l.Contains("partNumber=3", StringComparison.Ordinal));
        Assert.Equal(0, world.S3.OpenUploads);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("s3")]
    [InlineData("hdfs")]
    public async Task Any_artifact_goes_as_its_files_and_comes_back_as_the_same_artifact(string store)
    {
        await using StoreWorld world = await StoreWorld.StartAsync();
        ArtifactRef model = await Folder(world, ("weights.bin", "1"), ("parts/a b%.txt", "2"), ("parts/模型.json", "3"), ("x.json", "4"));

        Assert.Equal((true, 4), Written(await world.ExportAsync(model, world.At(store, "model/"))));
        Assert.Equal((false, 0), Written(await world.ExportAsync(model, world.At(store, "model/"))));
        ArtifactRef other = await Folder(world, ("weights.bin", "7"), ("new.txt", "8"));
        Assert.Equal((true, 2), Written(await world.ExportAsync(other, world.At(store, "model/"))));

        ImportData.Outputs imported = await world.Context.RunAsync(new ImportData(), new() { From = world.At(store, "model/"), As = ImportAs.Files, Kind = "model" });
        Assert.Equal(other with { Kind = "model" }, imported.Artifact);
        Assert.NotNull(world.Seen(store, "model/_SUCCESS"));
        Assert.Null(world.Seen(store, "model/x.json"));
    }

    [Fact]
    public async Task Files_below_a_prefix_are_one_table_in_the_order_of_their_names()
    {
        await using StoreWorld world = await StoreWorld.StartAsync();
        for (int i = 0; i < 8; i++)
            world.S3[$"out/days/{7 - i}.csv"] = Encoding.UTF8.GetBytes($"n\n{7 - i}\n");
        world.S3["out/days/notes.txt"] = "nothing"u8.ToArray();

        ImportData.Outputs imported = await world.ImportAsync(world.At("s3", "days/"), new());

        Assert.Equal((8, 8), (imported.Rows, imported.Files));
        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"{i}"), (await world.Context.ReadAsync(imported.Table!)).Select(r => r[0]));
        LineageDocument lineage = (await LineageFile.ReadAsync(imported.Lineage!.Hash, world.Context.Artifacts, TestContext.Current.CancellationToken))!;
        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"s3://data/out/days/{i}.csv"), lineage.Outputs["table"].Sources.Select(o => o.Path));
        ImportData.Outputs again = await world.ImportAsync(world.At("s3", "days/"), new());
        Assert.Equal((imported.Table, imported.Fingerprint), (again.Table, again.Fingerprint));
        world.S3["out/days/3.csv"] = "n\n4\n"u8.ToArray();
        Assert.NotEqual(imported.Fingerprint, (await world.ImportAsync(world.At("s3", "days/"), new())).Fingerprint);
    }

    [Fact]
    public async Task Text_of_another_encoding_is_read_and_bytes_without_a_meaning_in_it_go_to_quarantine()
    {
        await using StoreWorld world = await StoreWorld.StartAsync();
        Encoding gb = CodePagesEncodingProvider.Instance.GetEncoding("gb18030")!;
        world.S3["out/t.csv"] = [.. gb.GetBytes("名,n\n推荐,1\n"), .. "bad"u8, 0xFF, .. ",2\n"u8, .. gb.GetBytes("广告,3\n")];

        ImportData.Outputs imported = await world.ImportAsync(world.At("s3", "t.csv"), new() { Encoding = "gb18030" });

        Assert.Equal([["推荐", "1"], ["广告", "3"]], await world.Context.ReadAsync(imported.Table!));
        Assert.Equal([["t.csv", "3", "encoding"]], await world.Context.ReadAsync(imported.Quarantine!, "file, line, reason"));
    }

    public static TheoryData<string, string, string> Broken => new()
    {
        { "DATA-005", "cut.csv.gz", "cut short" },
        { "DATA-010", "t.parquet", "cannot be read as Parquet" },
        { "DATA-004", "utf16.csv", "UTF-16" },
        { "DATA-128", "encoding", "no encoding 'klingon'" },
        { "DATA-008", "differ/", "it lacks 'b' and it adds 'c'" },
        { "DATA-122", "nowhere.csv", "There is no object" },
        { "DATA-120", "../x.csv", "no name that can be used" },
    };

    [Theory, MemberData(nameof(Broken))]
    public async Task What_cannot_be_read_is_said(string code, string name, string says)
    {
        await using StoreWorld world = await StoreWorld.StartAsync();
        ArtifactRef table = await world.TableAsync(2000);
        await world.ExportAsync(table, world.At("s3", "cut.csv.gz"));
        await world.ExportAsync(table, world.At("s3", "t.parquet"));
        world.S3["out/cut.csv.gz"] = world.S3["out/cut.csv.gz"][..^100];
        byte[] parquet = [.. world.S3["out/t.parquet"]];
        parquet[^20] ^= 0x55;
        Array.Clear(parquet, parquet.Length - 400, 300);
        world.S3["out/t.parquet"] = parquet;
        world.S3["out/utf16.csv"] = [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("a,b\n1,2\n")];
        world.S3["out/encoding"] = "a\n1\n"u8.ToArray();
        world.S3["out/differ/1.csv"] = "a,b\n1,2\n"u8.ToArray();
        world.S3["out/differ/2.csv"] = "a,c\n1,2\n"u8.ToArray();

        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() =>
            world.ImportAsync(world.At("s3", name), new() { Encoding = name == "encoding" ? "klingon" : null }));

        Assert.Equal(code, problem.Code);
        Assert.Contains(says, problem.Message, StringComparison.Ordinal);
    }

    private static (bool, int) Written(ExportData.Outputs outputs) => (outputs.Written, outputs.Files);

    private static Task<ArtifactRef> Folder(StoreWorld world, params (string Path, string Text)[] files)
    {
        string folder = world.Context.NewFolder();
        foreach ((string path, string text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
            File.WriteAllText(Path.Combine(folder, path), text);
        }
        return world.Context.Artifacts.PutFolderAsync(folder, "model", TestContext.Current.CancellationToken);
    }
}
