%/shop/switches: table health.xml{state}
	switches $* $^ > $@

table:
	cp $(DMAKE_BUNDLE)/table.txt $@

%/shop/config.xml{mode}: health.xml{state}
	$*/shop/config.xml{mode}=health.xml{state}
