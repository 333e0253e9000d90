using System.Collections.Concurrent;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Experiments;

/// <summary>The numbers of metrics' names, which never change once given.</summary>
internal sealed class MetricNames(Database database)
{
    private readonly ConcurrentDictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, string> _names = new();

    public string NameOf(int number) =>
        _names.GetValueOrDefault(number) ?? throw new InvalidOperationException($"metric {number} was read before its name");

    public int NumberOf(string name) => _numbers[name];

    /// <summary>Whether the name has a number.</summary>
    public bool TryNumber(string name, out int number) => _numbers.TryGetValue(name, out number);

    /// <summary>Gives every name a number, in a transaction of its own: a number outlives what was logged with it.</summary>
    public async Task EnsureAsync(IEnumerable<string> names, CancellationToken cancel)
    {
        string[] missing = [.. names.Where(n => !_numbers.ContainsKey(n)).Distinct(StringComparer.Ordinal)];
        if (missing.Length == 0)
            return;
        await database.WriteAsync(async session =>
        {
            foreach (string name in missing)
                await session.ExecuteAsync("INSERT INTO metric_names (name) VALUES ($1) ON CONFLICT (name) DO NOTHING", [name], cancel);
        }, cancel);
        await LoadAsync(cancel);
    }

    /// <summary>Reads names that other replicas, or an earlier process, gave numbers to. Call it after reading rows, before unpacking them.</summary>
    public async Task LoadAsync(CancellationToken cancel)
    {
        // By their count, not by the largest number: a smaller one may be committed later.
        if (await database.ScalarAsync<long>("SELECT count(*) FROM metric_names", [], cancel) == _names.Count)
            return;
        foreach ((long id, string name) in await database.ListAsync("SELECT id, name FROM metric_names", [], row => (row.Long(0), row.Text(1)), cancel))
        {
            _names[(int)id] = name;
            _numbers[name] = (int)id;
        }
    }
}
