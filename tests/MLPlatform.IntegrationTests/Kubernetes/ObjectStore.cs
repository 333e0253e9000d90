using System.Globalization;
using System.Text.Json.Nodes;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>One change, as watches tell it.</summary>
internal sealed record Change(long Version, string Type, KubeResource Resource, JsonObject Object);

/// <summary>Objects with the versions that Kubernetes gives them, and the history of their changes up to a compaction.</summary>
internal sealed class ObjectStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (KubeResource Resource, JsonObject Object)> _objects = new(StringComparer.Ordinal);
    private readonly List<Change> _history = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _version = 1000;
    private long _compacted;

    /// <summary>Done with the next change.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
                return _changed.Task;
        }
    }

    public long Version
    {
        get
        {
            lock (_gate)
                return _version;
        }
    }

    /// <summary>False where the name is taken.</summary>
    public bool TryAdd(KubeResource resource, JsonObject o)
    {
        lock (_gate)
        {
            string key = Key(resource, o);
            if (_objects.ContainsKey(key))
                return false;
            JsonObject metadata = o["metadata"]!.AsObject();
            metadata["uid"] = Guid.NewGuid().ToString();
            metadata["creationTimestamp"] = Time(TimeProvider.System.GetUtcNow());
            metadata["generation"] = 1;
            Commit("ADDED", resource, key, o);
            return true;
        }
    }

    /// <summary>A copy; null where there is none.</summary>
    public JsonObject? Find(KubeResource resource, string ns, string name)
    {
        lock (_gate)
            return _objects.TryGetValue(Key(resource, ns, name), out var found) ? found.Object.DeepClone().AsObject() : null;
    }

    /// <summary>Copies, in the order of their names.</summary>
    public (IReadOnlyList<JsonObject> Items, long Version) List(KubeResource resource, string? ns)
    {
        lock (_gate)
        {
            return ([.. _objects.Values.Where(o => o.Resource == resource && (ns is null || (string?)o.Object["metadata"]!["namespace"] == ns)).Select(o => o.Object.DeepClone().AsObject())], _version);
        }
    }

    /// <summary>Changes the object in place; false where there is none, or it is another one by now.</summary>
    public bool Change(KubeResource resource, string ns, string name, Action<JsonObject> change, string? uid = null)
    {
        lock (_gate)
        {
            string key = Key(resource, ns, name);
            if (!_objects.TryGetValue(key, out var found) || (uid is not null && (string?)found.Object["metadata"]!["uid"] != uid))
                return false;
            JsonObject copy = found.Object.DeepClone().AsObject();
            change(copy);
            if (!JsonNode.DeepEquals(copy, found.Object))
                Commit("MODIFIED", resource, key, copy);
            return true;
        }
    }

    public bool Remove(KubeResource resource, string ns, string name)
    {
        lock (_gate)
        {
            string key = Key(resource, ns, name);
            if (!_objects.Remove(key, out var found))
                return false;
            JsonObject last = found.Object.DeepClone().AsObject();
            Commit("DELETED", resource, key, last);
            return true;
        }
    }

    /// <summary>The changes after a version; null where they are forgotten.</summary>
    public IReadOnlyList<Change>? Since(long version, KubeResource resource)
    {
        lock (_gate)
            return version < _compacted ? null : [.. _history.Where(c => c.Version > version && c.Resource == resource)];
    }

    /// <summary>Forgets the history, as etcd does now and then.</summary>
    public void Compact()
    {
        lock (_gate)
        {
            _history.Clear();
            _compacted = ++_version;
        }
    }

    public static string Time(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private void Commit(string type, KubeResource resource, string key, JsonObject o)
    {
        o["metadata"]!["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture);
        if (type != "DELETED")
            _objects[key] = (resource, o);
        _history.Add(new Change(_version, type, resource, o.DeepClone().AsObject()));
        TaskCompletionSource changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }

    private static string Key(KubeResource resource, JsonObject o) => Key(resource, (string?)o["metadata"]!["namespace"] ?? "", (string)o["metadata"]!["name"]!);

    private static string Key(KubeResource resource, string ns, string name) => $"{resource.Group}/{resource.Plural}/{ns}/{name}";
}
