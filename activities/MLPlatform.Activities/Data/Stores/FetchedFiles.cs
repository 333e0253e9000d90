using System.Globalization;
using System.Text;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;

namespace MLPlatform.Activities.Data.Stores;

/// <summary>The files of a location on this machine, for reading. Files of this machine are read where they are; others are fetched under numbers, so their names can do no harm.</summary>
internal sealed record FetchedFiles(IReadOnlyList<SourceFile> Files, IReadOnlyList<string> Skipped, long Bytes, string Fingerprint)
{
    public static async Task<FetchedFiles> ForTableAsync(Location from, Reading reading, ActivityContext context, CancellationToken cancel)
    {
        if (from.File is { } path)
        {
            // A glob or a folder is found as bees.collect finds it; a path that is not absolute is refused.
            using LocalFiles local = new(path);
            List<string> skipped = [];
            IReadOnlyList<SourceFile> found = SourceFiles.Find([path], name => CollectSettings.Wanted(reading.Format, name), skipped);
            return new FetchedFiles(found, skipped, found.Sum(f => f.Bytes),
                ImportData.Fingerprint(found.Select(f => new StoredFile(f.Name, f.Bytes, File.GetLastWriteTimeUtc(f.Path).Ticks.ToString(CultureInfo.InvariantCulture)))));
        }
        using IFileStore store = FileStores.Open(from);
        ILookup<bool, StoredFile> listed = (await store.ListAsync(cancel).ConfigureAwait(false))
            .ToLookup(f => !f.Name.Split('/').Any(part => part.StartsWith('_') || part.StartsWith('.')) && CollectSettings.Wanted(reading.Format, f.Name));
        List<StoredFile> wanted = [.. listed[true]];
        // A file that is named outright is what was asked for, whatever it is called.
        if (wanted.Count == 0 && listed[false].Count() == 1 && store.Shown.EndsWith(listed[false].Single().Name, StringComparison.Ordinal))
            wanted = [.. listed[false]];
        else if (wanted.Count == 0)
            throw DataErrors.Bad("DATA-002", $"'{store.Shown}' holds no file of this format. It holds {(listed[false].Any() ? DataErrors.Some(listed[false].Select(f => f.Name), 5) : "no files")}.");
        string folder = Directory.CreateDirectory(Path.Combine(context.ScratchFolder, "fetched")).FullName;
        List<SourceFile> files = [];
        for (int i = 0; i < wanted.Count; i++)
        {
            context.Progress(0.5 * i / wanted.Count, $"fetching {wanted[i].Name}");
            string local = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{i:D6}"));
            await store.FetchAsync(wanted[i], local, cancel).ConfigureAwait(false);
            files.Add(new SourceFile(local, wanted[i].Name, wanted[i].Bytes) { LineageName = store.Shown.EndsWith("/" + wanted[i].Name, StringComparison.Ordinal) ? store.Shown : $"{store.Shown.TrimEnd('/')}/{wanted[i].Name}" });
        }
        context.Log($"Fetched {files.Count} files from {store.Shown}");
        return new FetchedFiles(files, wanted.Count == listed[true].Count() ? [.. listed[false].Select(f => f.Name)] : [], wanted.Sum(f => f.Bytes), ImportData.Fingerprint(wanted));
    }

    /// <summary>The same files in UTF-8.</summary>
    public IReadOnlyList<SourceFile> Decode(Encoding encoding, ActivityContext context, CancellationToken cancel)
    {
        string folder = Directory.CreateDirectory(Path.Combine(context.ScratchFolder, "decoded")).FullName;
        List<SourceFile> decoded = [];
        foreach (SourceFile file in Files)
        {
            string target = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{decoded.Count:D6}"));
            Transcoding.Convert(file, target, encoding, cancel);
            // Decoding unpacks too.
            decoded.Add(new SourceFile(target, file.Name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? file.Name[..^3] : file.Name, new FileInfo(target).Length) { LineageName = file.LineageName });
        }
        return decoded;
    }
}
